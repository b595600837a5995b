// `make run`: the Auth emulator and every callable on this machine, until Ctrl-C.

import { startAuthEmulator } from './local/auth-emulator.mjs';
import { startFunctions, warmUp } from './local/functions.mjs';
import { isFree, stopAll } from './local/process.mjs';

const project = 'demo-app';
const ports = { PORT: Number(process.env.PORT || 9000), AUTH_PORT: Number(process.env.AUTH_PORT || 9099) };

async function main() {
  for (const [variable, port] of Object.entries(ports)) {
    if (!(await isFree(port))) {
      throw new Error(`Port ${port} is taken: choose another one, as in: make run ${variable}=${port + 1}`);
    }
  }
  say('Starting the Auth emulator (10 to 30 seconds) …');
  const auth = await startAuthEmulator({ project, port: ports.AUTH_PORT });
  say('Building the functions (some minutes the first time, seconds later) …');
  const showBuild = (line) => {
    if (/^\s*(Compiling|Finished|Downloading|error|warning: unused)|^error/.test(line)) say(`  ${line.trim()}`);
    else if (ready && line.trim()) console.log(line);
  };
  let ready = false;
  const functions = await startFunctions({
    port: ports.PORT, project, authEmulator: auth.host, reload: true, onLine: showBuild,
  });
  const names = await warmUp(functions.url);
  ready = true;
  console.log(instructions(functions.url, auth.url, names));
}

const say = (text) => console.log(text);

const instructions = (url, auth, names) => `
Functions      ${names.map((name) => `${url}/${name}`).join('\n               ')}
               (also ${url}/${project}/us-central1/…, as connectFunctionsEmulator asks for them)
Auth emulator  ${auth}
Project        ${project}
Stop           Ctrl-C

Call it with curl, in another terminal:

curl -s ${url}/returnAuthenticatedMessage -H 'Content-Type: application/json' -H "Authorization: Bearer $(curl -s '${auth}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any' -H 'Content-Type: application/json' -d '{"returnSecureToken":true}' | sed -n 's/.*"idToken": *"\\([^"]*\\)".*/\\1/p')" -d '{"data":{"text":"some message"}}'

Or with the Firebase SDK, from this folder:

(cd tests/sdk && node --input-type=module <<'JS'
import { initializeApp } from '@firebase/app'; import { connectAuthEmulator, getAuth, signInAnonymously } from '@firebase/auth'; import { getFunctions, httpsCallable } from '@firebase/functions';
const app = initializeApp({ projectId: '${project}', apiKey: 'any' }); connectAuthEmulator(getAuth(app), '${auth}', { disableWarnings: true });
await signInAnonymously(getAuth(app));
console.log((await httpsCallable(getFunctions(app, '${url}'), 'returnAuthenticatedMessage')({ text: 'some message' })).data.message); process.exit();
JS
)
`;

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  await stopAll();
  process.exit(code);
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

main().catch((error) => {
  console.error(`\n${error.message}`);
  stop(1);
});
