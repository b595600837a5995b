// `make run`: runs the Auth emulator, every callable and the demo page on this machine, until Ctrl-C.

import { startAuthEmulator } from './local/auth-emulator.mjs';
import { clerkInstance } from './local/clerk.mjs';
import { startDemo } from './local/demo.mjs';
import { startFront } from './local/front.mjs';
import { startFunctions, startProblem, warmUp } from './local/functions.mjs';
import { checkFree, portsOf } from './local/ports.mjs';
import { freePort, stopAll } from './local/process.mjs';
import { supervise } from './local/supervise.mjs';

const project = 'demo-app';
/** In ms. Most crates compile in less time, and a call behind the gateway may take less. */
const PATIENCE = 120_000;

async function main() {
  const ports = portsOf(process.env, { PORT: 9000, AUTH_PORT: 9099, PAGE_PORT: 5000 });
  await checkFree(ports);
  console.log('Starting the Auth emulator (10 to 30 seconds) …');
  const auth = await startAuthEmulator({ project, port: ports.AUTH_PORT });
  auth.exited.then((code) => fail(new Error(`The Auth emulator ended by itself (${code})`)));
  console.log('Building the functions (some minutes the first time, seconds later) …');
  // Until all functions are built, only the names of the crates; after an error, and after the start, every line.
  const showBuild = (line) => {
    if (/^\s*error/.test(line) || startProblem(line)) inFull = true;
    if (inFull && line.trim()) console.log(line);
    else if (/^\s*(Compiling|Finished|Downloading)/.test(line)) console.log(`  ${line.trim()}`);
  };
  let inFull = false;
  const clerk = clerkInstance({ party: `http://127.0.0.1:${ports.PAGE_PORT}` });
  const settings = { port: await freePort(), project, authEmulator: auth.host, reload: true, more: clerk.variables };
  const { url, names, watchdog } = await supervise({
    start: (seen) => startFunctions({ ...settings, onLine: (line) => { seen(line); showBuild(line); } }),
    warmUp: (functions, watching) => warmUp(functions.url, { problem: functions.problem, watchdog: watching }),
    patience: PATIENCE,
    say: console.error,
    over: fail,
  });
  const front = await startFront({ port: ports.PORT, upstream: url, names, watchdog });
  const config = { project, auth: auth.url, functions: front.url };
  const page = await startDemo({ port: ports.PAGE_PORT, config, session: (user) => clerk.token({ sub: user }) });
  inFull = true;
  console.log(instructions(page.url, front.url, auth.url, names));
}

const instructions = (page, url, auth, names) => `
Page           ${page}
Functions      ${names.map((name) => `${url}/${name}`).join('\n               ')}
               (also ${url}/${project}/us-central1/…, as connectFunctionsEmulator asks for them)
Auth emulator  ${auth}, project ${project}
Stop           Ctrl-C

When you save a handler, the next call builds and runs it; the compiler's output appears here.
`;

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  await stopAll().catch((error) => console.error(error.message));
  process.exit(code);
}
function fail(error) {
  if (!stopping) console.error(`\n${error.message}`);
  stop(1);
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

main().catch(fail);
