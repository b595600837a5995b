// Who calls: nobody, a user of the Auth emulator (by its REST API), or somebody with a forged token. And the token of
// App Check, which names the app.

import { at } from './dom.js';
import { read, request } from './request.js';

const KEY = 'key'; // the emulator takes any
/** The callable that exchanges a session of Clerk, if the project has it. */
const EXCHANGE = 'exchangeClerkToken';
let config = {};
let user = JSON.parse(sessionStorage.getItem('user') ?? 'null');

/** Called after each change of the caller. */
export const changes = new EventTarget();

/** Takes the addresses of now. */
export function configure(given) {
  config = given;
  const clerk = config.callables.some(({ name }) => name === EXCHANGE);
  for (const option of at('who').options) {
    const absent = (option.value === 'clerk' && !clerk) || (!config.auth && !['nobody', 'forged'].includes(option.value));
    option.hidden = option.disabled = absent;
  }
  if (at('who').selectedOptions[0]?.disabled) at('who').value = 'nobody';
  at('app-check-truth').textContent = `Functions verify App Check with Google's keys in a local run, too, and there is no emulator for it: only a token of a real app of the project ${config.project} is accepted.`;
  show();
}

/** The tokens of the next call; renews the user's first. The emulator forgets its users when it ends. */
export async function tokens() {
  if (user && user.until < Date.now()) await renew().catch(signOut);
  return current();
}

/** The tokens of now. */
export const current = () => ({
  token: at('who').value === 'forged' ? forged(config.project) : user?.token,
  appCheck: at('app-check').checked ? at('app-check-token').value.trim() : undefined,
});

/** Does what an attacker would: a token in the name of another user that is not signed by Google. */
export function forged(project) {
  const part = (value) => btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'somebody-else', iat: now, exp: now + 3600 };
  return [part({ alg: 'RS256', kid: 'mine', typ: 'JWT' }), part(claims), 'c2lnbmVkLWJ5LW1l'].join('.');
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

function signedIn({ localId, user_id, idToken, id_token, refreshToken, refresh_token, expiresIn, expires_in }, name) {
  const seconds = Number(expiresIn ?? expires_in) - 60;
  const token = idToken ?? id_token;
  const { sub } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
  user = { uid: localId ?? user_id ?? sub, name, token, refresh: refreshToken ?? refresh_token, until: Date.now() + seconds * 1000 };
  sessionStorage.setItem('user', JSON.stringify(user));
}

/** A new token with the claims of now. */
async function renew() {
  const body = { grant_type: 'refresh_token', refresh_token: user.refresh };
  signedIn(await emulator('securetoken.googleapis.com/v1/token', body), user.name);
}

const WAYS = {
  async email() {
    const email = at('email').value;
    if (!email) throw new Error('enter an e-mail');
    const body = { email, password: at('password').value || 'password', returnSecureToken: true };
    const known = await accounts('accounts:signInWithPassword', body).catch((error) => {
      if (error.message !== 'EMAIL_NOT_FOUND') throw error; // a new account is made below
    });
    signedIn(known ?? await accounts('accounts:signUp', body), email);
  },
  async anonymous() {
    signedIn(await accounts('accounts:signUp', { returnSecureToken: true }), 'Anonymous');
  },
  async clerk() {
    const text = JSON.stringify({ clerkToken: at('clerk-token').value.trim() });
    const { url, headers, body } = request(config.functions, { name: EXCHANGE, kind: 'callable', text });
    const answer = await fetch(url, { method: 'POST', headers, body });
    const { good, code, message, shown } = read(answer.status, await answer.text(), 'callable');
    if (!good) throw new Error(`${EXCHANGE} answers ${code ?? answer.status}: ${message ?? 'no answer of a callable'}`);
    signedIn(await accounts('accounts:signInWithCustomToken', { token: shown.token, returnSecureToken: true }), 'Clerk user');
    at('clerk-token').value = '';
  },
};

at('sign-in').onsubmit = async (event) => {
  event.preventDefault();
  at('enter').disabled = true;
  try {
    const claims = at('claims').value.trim();
    if (claims) JSON.parse(claims);
    await WAYS[at('who').value]();
    if (claims) {
      const owner = { authorization: 'Bearer owner' };
      await accounts(`projects/${config.project}/accounts:update`, { localId: user.uid, customAttributes: claims }, owner);
      await renew();
    }
    show();
    at('leave').focus();
  } catch (error) {
    at('user').textContent = `Not signed in: ${error.message}`;
  } finally {
    at('enter').disabled = false;
  }
};

function signOut() {
  user = null;
  sessionStorage.removeItem('user');
  at('who').value = 'nobody';
  show();
}

/** Writes who calls, and shows the fields of the chosen way. */
function show() {
  const way = at('who').value;
  at('user').textContent = user ? `${user.name}, uid ${user.uid}`
    : way === 'forged' ? 'Sends a token that is not signed by Google' : 'Signed out';
  at('ways-in').hidden = Boolean(user);
  for (const field of document.querySelectorAll('#sign-in [data-for]')) field.hidden = Boolean(user) || !field.dataset.for.split(' ').includes(way);
  at('leave').hidden = !user;
  changes.dispatchEvent(new Event('change'));
}

at('leave').onclick = () => {
  signOut();
  at('who').focus();
};
at('who').onchange = show;
at('app-check').onchange = () => {
  at('app-check-more').hidden = !at('app-check').checked;
  show();
};
at('app-check-token').oninput = show;
