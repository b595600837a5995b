// `make run`: runs the Auth emulator, every callable and the demo page on this machine, until Ctrl-C. With DIR, the
// callables of another workspace, without the page. Tables of its template.yaml are in a local AWS.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { startAuthEmulator } from './local/auth-emulator.mjs';
import { startAws } from './local/aws.mjs';
import { clerkInstance } from './local/clerk.mjs';
import { askedBy, startCompanions } from './local/companions.mjs';
import { startDemo } from './local/demo.mjs';
import { startFront } from './local/front.mjs';
import { startFunctions, startProblem, warmUp } from './local/functions.mjs';
import { localDataOf } from './local/local-data.mjs';
import { checkFree, portsOf } from './local/ports.mjs';
import { freePort, root, stopAll } from './local/process.mjs';
import { supervise } from './local/supervise.mjs';

const project = 'demo-app';
/** The folder of the workspace whose functions run. */
const home = path.resolve(process.env.DIR || root);
/** In ms. Most crates compile in less time, and a call behind the gateway may take less. */
const PATIENCE = 120_000;

async function main() {
  const ports = portsOf(process.env, { PORT: 9000, AUTH_PORT: 9099, PAGE_PORT: 5000 });
  await checkFree(ports);
  const { tables, variables } = localDataOf(await readFile(path.join(home, 'template.yaml'), 'utf8'));
  const { environment, commands } = await askedBy(home);
  console.log('Starting the Auth emulator (10 to 30 seconds) …');
  const auth = await startAuthEmulator({ project, port: ports.AUTH_PORT });
  auth.exited.then((code) => fail(new Error(`The Auth emulator ended by itself (${code})`)));
  const aws = await localAws(tables);
  await startCompanions(home, commands, { onLine: console.log, over: fail });
  console.log('Building the functions (some minutes the first time, seconds later) …');
  // Until all functions are built, only the names of the crates; after an error, and after the start, every line.
  const showBuild = (line) => {
    if (/^\s*error/.test(line) || startProblem(line)) inFull = true;
    if (inFull && line.trim()) console.log(line);
    else if (/^\s*(Compiling|Finished|Downloading)/.test(line)) console.log(`  ${line.trim()}`);
  };
  let inFull = false;
  const clerk = clerkInstance({ party: `http://127.0.0.1:${ports.PAGE_PORT}` });
  const secrets = path.join(home, '.secret.local');
  const more = { ...clerk.variables, ...variables, ...aws?.variables, LOCAL_SECRETS_FILE: secrets, ...environment };
  const settings = { port: await freePort(), project, authEmulator: auth.host, home, reload: true, more };
  const { url, names, watchdog } = await supervise({
    start: (seen) => startFunctions({ ...settings, onLine: (line) => { seen(line); showBuild(line); } }),
    warmUp: (functions, watching) => warmUp(functions.url, { home, problem: functions.problem, watchdog: watching }),
    patience: PATIENCE,
    say: console.error,
    over: fail,
  });
  const front = await startFront({ port: ports.PORT, upstream: url, names, watchdog });
  const config = { project, auth: auth.url, functions: front.url };
  const session = (user) => clerk.token({ sub: user });
  // The page calls the functions of this repository by name.
  const page = home === root ? await startDemo({ port: ports.PAGE_PORT, config, session }) : undefined;
  inFull = true;
  console.log(instructions(page?.url, front.url, auth.url, names, aws?.url));
}

/** AWS on this machine, if there are tables. */
async function localAws(tables) {
  const names = Object.keys(tables);
  if (names.length === 0) return undefined;
  console.log(`Starting a local AWS with the tables ${names.join(', ')} …`);
  const aws = await startAws(tables);
  aws.exited.then((code) => fail(new Error(`The local AWS ended by itself (${code})`)));
  return aws;
}

const instructions = (page, url, auth, names, aws) => `${page ? `
Page           ${page}` : ''}
Functions      ${names.map((name) => `${url}/${name}`).join('\n               ')}
               (also ${url}/${project}/us-central1/…, as connectFunctionsEmulator asks for them)
Auth emulator  ${auth}, project ${project}${aws ? `
AWS            ${aws}, with tables that are empty at each start` : ''}
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
