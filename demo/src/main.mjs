// Connects the page to the calls: shows who is signed in, runs a call for each button, and adds a card for each answer.

import { initializeApp } from '@firebase/app';
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, onIdTokenChanged, signOut } from '@firebase/auth';
import { getFunctions } from '@firebase/functions';

import * as calls from './calls.mjs';
import source from './calls.mjs?text';
import { card } from './card.mjs';

const get = (selector) => document.querySelector(selector);
const { project, auth: authUrl, functions: url } = await (await fetch('config.json')).json();

const config = { projectId: project, apiKey: 'any' };
const app = initializeApp(config);
const auth = initializeAuth(app, { persistence: inMemoryPersistence });
connectAuthEmulator(auth, authUrl, { disableWarnings: true });
// In an app, Clerk's own library has this method; here the server of this page signs session tokens.
const clerkSession = { getToken: async () => (await fetch('clerk-session')).text() };
const context = { auth, url, config, clerkSession, functions: getFunctions(app, url) };

get('[data-origin]').textContent = location.origin;
get('[data-functions]').textContent = url;

onIdTokenChanged(auth, async (user) => {
  const token = await user?.getIdTokenResult();
  get('[data-provider]').textContent = token ? `yes, ${token.signInProvider}` : 'no';
  get('[data-uid]').textContent = user?.uid ?? '–';
  get('[data-sign-out]').disabled = !user;
});

/** The lines of one function of calls.mjs, with the imports that it needs. */
function linesOf(name) {
  const start = source.search(new RegExp(`(/\\*\\*[^\\n]*\\*/\\n)?export async function ${name}\\(`));
  const lines = source.slice(start, source.indexOf('\n}\n', start) + 2);
  const imports = source.match(/^import .*$/gm).map((line) => {
    const [, names, from] = line.match(/import \{ (.*) \} from '(.*)'/);
    const used = names.split(', ').filter((word) => new RegExp(`\\b${word}\\(`).test(lines));
    return used.length ? `import { ${used.join(', ')} } from '${from.replace('@firebase/', 'firebase/')}';` : '';
  });
  return [imports.filter(Boolean).join('\n'), lines.replace('export ', '')].join('\n\n');
}

const TITLES = {
  email: 'Sign in with e-mail', anonymous: 'Sign in anonymously', clerk: 'Sign in with Clerk',
  call: 'Call returnAuthenticatedMessage', stream: 'Stream streamAuthenticatedMessage',
  signedOut: 'Call signed out', forged: 'Call with a forged token', unknown: 'Call noSuchFunction',
  failing: 'Call with data that it refuses',
};

async function run(name, input) {
  const answer = card({ name, title: TITLES[name], lines: linesOf(name) });
  try {
    const result = await calls[name](context, input, answer.word);
    answer.done(result?.user ? `${result.user.uid} is signed in` : result);
  } catch (error) {
    answer.failed(error);
  }
}

get('#email').addEventListener('submit', (event) => {
  event.preventDefault();
  run('email', Object.fromEntries(new FormData(event.target)));
});
for (const button of document.querySelectorAll('[data-sign-in]')) {
  button.addEventListener('click', () => run(button.dataset.signIn));
}
for (const button of document.querySelectorAll('[data-run]')) {
  button.addEventListener('click', () => run(button.dataset.run, get('#text').value));
}
get('[data-sign-out]').addEventListener('click', () => signOut(auth));
