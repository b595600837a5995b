// Signs in at the Auth emulator and calls the functions with fetch, in the protocol of Firebase's callable functions.

const at = (id) => document.getElementById(id);
const KEY = 'key'; // the emulator takes any
let config = { callables: [] };
let chosen = location.hash.slice(1);
let user = JSON.parse(sessionStorage.getItem('user') ?? 'null');
let running; // ends the call

/** The functions that are there now. */
async function refresh() {
  try {
    config = await (await fetch('config.json')).json();
  } catch {
    return void (at('where').textContent = 'The local run has ended: start it again with cargo callable run');
  }
  at('where').textContent = `${config.functions}, project ${config.project}`;
  at('sign-in').hidden = !config.auth;
  if (!current()) chosen = config.callables[0]?.name ?? '';
  const focused = document.activeElement?.dataset?.name;
  at('functions').replaceChildren(...config.callables.map(({ name, kind, stream, trouble }) => {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: name });
    button.dataset.name = name;
    if (name === chosen) button.ariaCurrent = 'true';
    const says = trouble ? 'does not run' : kind === 'http' ? 'webhook' : stream ? 'streams' : '';
    const note = Object.assign(document.createElement('small'), { textContent: says, className: trouble ? 'bad' : '' });
    if (says) button.append(note);
    button.onclick = () => choose(name);
    const item = document.createElement('li');
    item.append(button);
    return item;
  }));
  if (focused) document.querySelector(`[data-name="${focused}"]`)?.focus();
  show();
}

const current = () => config.callables.find(({ name }) => name === chosen);

function choose(name) {
  chosen = name;
  history.replaceState(null, '', `#${name}`);
  at('data').value = localStorage.getItem(`data ${name}`) ?? 'null';
  at('stream').checked = current()?.stream ?? false;
  refresh();
}

/** Writes what the chosen function and the caller are. */
function show() {
  const it = current();
  at('name').textContent = it?.name ?? 'No function yet: cargo callable add NAME';
  at('trouble').hidden = !it?.trouble;
  at('trouble').textContent = it?.trouble ?? '';
  at('data-label').textContent = it?.kind === 'http' ? 'Body' : 'Data (JSON)';
  at('stream').parentElement.hidden = it?.kind === 'http';
  at('go').disabled = !it;
  at('user').textContent = user ? `${user.email ?? 'Anonymous'}, uid ${user.uid}` : 'Signed out';
  at('signed-out').hidden = at('more').hidden = at('enter').hidden = Boolean(user);
  at('leave').hidden = !user;
  if (it) at('curl').textContent = curl(request(it));
}

/** The request: its address, headers and body. */
function request({ name, kind }) {
  const headers = { 'content-type': 'application/json' };
  if (at('stream').checked && kind === 'callable') headers.accept = 'text/event-stream';
  if (user && config.auth && kind === 'callable') headers.authorization = `Bearer ${user.token}`;
  const text = at('data').value.trim() || 'null';
  return { url: `${config.functions}/${name}`, headers, body: kind === 'http' ? at('data').value : `{"data":${text}}` };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const curl = ({ url, headers, body }) => [
  `curl -sN ${quoted(url)}`,
  ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
  `--data-raw ${quoted(body)}`,
].join(' \\\n  ');

at('call').onsubmit = async (event) => {
  event.preventDefault();
  if (running) return running.abort();
  const it = current();
  if (it.kind === 'callable') {
    try {
      JSON.parse(at('data').value.trim() || 'null');
    } catch (error) {
      return outcome(`The data is not JSON: ${error.message}`, 'bad');
    }
  }
  localStorage.setItem(`data ${it.name}`, at('data').value);
  await fresh();
  running = new AbortController();
  at('go').textContent = 'Stop';
  at('chunks').replaceChildren();
  at('answer').hidden = true;
  outcome('Waiting …');
  const begun = performance.now();
  const took = () => `${Math.round(performance.now() - begun)} ms`;
  try {
    const { url, headers, body } = request(it);
    const answer = await fetch(url, { method: 'POST', headers, body, signal: running.signal });
    const events = answer.headers.get('content-type')?.startsWith('text/event-stream');
    const message = events ? await lastOf(answer.body, took) : await answer.text();
    finish(it, answer.status, message, took());
  } catch (error) {
    const why = error.name === 'AbortError' ? 'Stopped' : `No answer that a page may read (${error.message}): see the terminal`;
    outcome(`${why}, after ${took()}`, 'bad');
  } finally {
    running = undefined;
    at('go').textContent = 'Call';
    refresh();
  }
};

/** Shows each chunk of a stream as it comes; returns the last event, which is the result or the error. */
async function lastOf(body, took) {
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
      if (message === undefined) {
        last = data;
        continue;
      }
      const chunk = Object.assign(document.createElement('li'), { textContent: JSON.stringify(message), title: took() });
      at('chunks').append(chunk);
      outcome(`${at('chunks').childElementCount} chunks, ${took()}`);
    }
  }
}

function finish({ kind }, status, text, time) {
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    // shown as it is
  }
  const error = parsed?.error;
  const good = status < 400 && !error && (kind === 'http' || parsed !== undefined);
  const says = error ? `${error.status}: ${error.message}` : good ? 'OK' : 'Not an answer of a callable';
  outcome(`${says} (HTTP ${status}, ${time})`, good ? 'good' : 'bad');
  const shown = error ? error.details : parsed && 'result' in parsed ? parsed.result : parsed ?? text;
  at('answer').hidden = shown === undefined;
  at('answer').textContent = typeof shown === 'string' && parsed === undefined ? shown : JSON.stringify(shown, null, 2);
}

function outcome(text, kind = '') {
  Object.assign(at('outcome'), { textContent: text, className: kind });
}

/** One request to the emulator; fails with the reason that it gives. */
async function emulator(service, body, headers = {}) {
  const url = `${config.auth}/${service}?key=${KEY}`;
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  const answer = await (await fetch(url, init)).json();
  if (answer.error) throw new Error(answer.error.message);
  return answer;
}

const accounts = (what, body, headers) => emulator(`identitytoolkit.googleapis.com/v1/${what}`, body, headers);

function signedIn({ localId, user_id, idToken, id_token, refreshToken, refresh_token, expiresIn, expires_in }, email) {
  const seconds = Number(expiresIn ?? expires_in) - 60;
  user = {
    uid: localId ?? user_id, email, token: idToken ?? id_token, refresh: refreshToken ?? refresh_token,
    until: Date.now() + seconds * 1000,
  };
  sessionStorage.setItem('user', JSON.stringify(user));
}

/** A new token with the claims of now. */
async function renew() {
  const body = { grant_type: 'refresh_token', refresh_token: user.refresh };
  signedIn(await emulator('securetoken.googleapis.com/v1/token', body), user.email);
}

/** A token that is valid, or none: the emulator forgets its users when it ends. */
async function fresh() {
  if (user && user.until < Date.now()) await renew().catch(signOut);
}

at('sign-in').onsubmit = async (event) => {
  event.preventDefault();
  try {
    const claims = at('claims').value.trim();
    if (claims) JSON.parse(claims);
    const email = at('email').value || undefined;
    const body = { ...(email && { email, password: at('password').value || 'password' }), returnSecureToken: true };
    const known = email && await accounts('accounts:signInWithPassword', body).catch((error) => {
      if (error.message !== 'EMAIL_NOT_FOUND') throw error; // a new account is made below
    });
    signedIn(known || await accounts('accounts:signUp', body), email);
    if (claims) {
      const owner = { authorization: 'Bearer owner' };
      await accounts(`projects/${config.project}/accounts:update`, { localId: user.uid, customAttributes: claims }, owner);
      await renew();
    }
    show();
  } catch (error) {
    at('user').textContent = `Not signed in: ${error.message}`;
  }
};

function signOut() {
  user = null;
  sessionStorage.removeItem('user');
  show();
}

at('leave').onclick = signOut;
at('copy').onclick = () => navigator.clipboard.writeText(at('curl').textContent);
at('data').oninput = at('stream').onchange = show;
at('data').onkeydown = (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) at('call').requestSubmit();
};

await refresh();
if (chosen) choose(chosen);
setInterval(() => document.hidden || running || refresh(), 2000);
