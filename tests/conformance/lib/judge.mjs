// Sends every row to one server, and compares what differs with the list of known differences.

import { send } from './http.mjs';

/** Where a request goes: `{name}` of a template is replaced, or the name follows a base; single callables may have URLs of their own. */
export function locate({ url, callables = {} }, { callable, query = '', form }, project) {
  if (form === 'emulator') return url && !url.includes('{name}') ? `${url}/${project}/us-central1/${callable}` : undefined;
  const own = callables[callable];
  if (own) return own + query;
  if (!url) return undefined;
  return (url.includes('{name}') ? url.replaceAll('{name}', callable) : `${url}/${callable}`) + query;
}

const NOT_MET = {
  keys: 'the server cannot be given the keys of the suite',
  tokens: 'the server cannot be given a valid token',
  unsigned: 'not in emulator mode',
};

/**
 * The verdict of each row: `passed`, `differs` with the problems, or `skipped` with a reason. `server` has `url` or
 * `callables`, `tokens` (`keys`, `unsigned` or `none`) and `lacks`: what it does not offer, callables or `streaming`, with reasons.
 */
export async function judge(server, rows, project) {
  const verdicts = [];
  for (const row of rows) verdicts.push({ id: row.id, sentence: row.sentence, ...(await verdict(server, row, project)) });
  return verdicts;
}

async function verdict(server, { needs, cases }, project) {
  const { lacks = {}, tokens = 'none' } = server;
  if (needs && needs !== tokens) return { verdict: 'skipped', reason: NOT_MET[needs] };
  const missing = cases.flatMap(({ request }) => offers(request)).find((name) => name in lacks);
  if (missing) return { verdict: 'skipped', reason: `no ${missing}: ${lacks[missing]}` };
  const problems = [];
  for (const { name, request, check } of cases) {
    const url = locate(server, request, project);
    if (!url) return { verdict: 'skipped', reason: 'the server has no URL for it' };
    const problem = await send(url, request).then(check, (error) => error.message);
    if (problem) problems.push({ name, problem });
  }
  return problems.length ? { verdict: 'differs', problems } : { verdict: 'passed' };
}

/** What a server must offer to answer a request: the callable, and streaming if the client asks for a stream. */
const offers = ({ callable, method, headers }) => [callable, ...(headers.accept === 'text/event-stream' && method !== 'OPTIONS' ? ['streaming'] : [])];

/**
 * What is unexpected: rows that differ and are not in `known` (row → reason), and known ones that do not differ. A known
 * difference of a row that was skipped is not looked at; one of a row that does not exist is unexpected.
 */
export function unexpected(verdicts, known = {}) {
  const differing = verdicts.filter(({ id, verdict: found }) => found === 'differs' && !(id in known));
  const stale = Object.keys(known).filter((id) => !verdicts.some((row) => row.id === id && row.verdict !== 'passed'));
  return [
    ...differing.map(({ id, sentence, problems }) => `${id} (${sentence}) differs:\n${problems.map(({ name, problem }) => `    ${name}: ${problem}`).join('\n')}`),
    ...stale.map((id) => `${id} is a known difference that does not occur: ${known[id]}`),
  ];
}
