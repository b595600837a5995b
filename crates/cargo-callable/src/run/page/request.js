// The request of a call in the protocol of Firebase's callable functions, the same as curl, and its answer.

/**
 * @typedef {object} Call
 * @property {string} name of the function
 * @property {'callable'|'http'} kind
 * @property {string} text the data as JSON, or the body of a webhook
 * @property {boolean} stream whether chunks are asked for
 * @property {string} [token] of the user
 * @property {string} [appCheck] the token of the app
 */

/**
 * The address, headers and body of a call.
 * @param {string} origin of the functions
 * @param {Call} call
 */
export function request(origin, { name, kind, text, stream, token, appCheck }) {
  const headers = { 'content-type': 'application/json' };
  const callable = kind === 'callable';
  if (callable && stream) headers.accept = 'text/event-stream';
  if (callable && token) headers.authorization = `Bearer ${token}`;
  if (callable && appCheck) headers['X-Firebase-AppCheck'] = appCheck;
  return { url: `${origin}/${name}`, headers, body: callable ? `{"data":${text.trim() || 'null'}}` : text };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a line for a shell. */
export const curl = ({ url, headers, body }) => [
  `curl -sN ${quoted(url)}`,
  ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
  `--data-raw ${quoted(body)}`,
].join(' \\\n  ');

/**
 * Sends a request.
 * @param {object} request
 * @param {{kind: string, signal: AbortSignal, chunk: function(*): void}} options `chunk` gets each chunk as it comes
 * @returns {Promise<{status: number, good: boolean, code?: string, message?: string, shown: *}>} `shown` is the result, the
 * details of an error, or what came instead; undefined if there is nothing
 */
export async function send({ url, headers, body }, { kind, signal, chunk }) {
  const answer = await fetch(url, { method: 'POST', headers, body, signal });
  const events = answer.headers.get('content-type')?.startsWith('text/event-stream');
  return read(answer.status, events ? await lastOf(answer.body, chunk) : await answer.text(), kind);
}

/** What the text of an answer says. */
export function read(status, text, kind) {
  const good = status < 400;
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { status, good: good && kind === 'http', shown: text || undefined };
  }
  if (typeof parsed !== 'object' || parsed === null) return { status, good: good && kind === 'http', shown: parsed };
  const { error } = parsed;
  if (error) return { status, good: false, code: error.status, message: error.message, shown: error.details };
  return { status, good: good && (kind === 'http' || 'result' in parsed), shown: 'result' in parsed ? parsed.result : parsed };
}

/** Hands on each chunk of a stream as it comes; returns the last event, which is the result or the error. */
async function lastOf(body, chunk) {
  let rest = '';
  let last = '';
  for (const reader = body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return last;
    const events = (rest + value).split(/\r?\n\r?\n/);
    rest = events.pop();
    for (const event of events) {
      const data = event.split(/\r?\n/).filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).join('\n');
      if (!data) continue; // a sign of life
      const { message } = JSON.parse(data);
      if (message === undefined) last = data;
      else chunk(message);
    }
  }
}
