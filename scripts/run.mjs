// `make run`: the Auth emulator, every callable and the demo page on this machine, until Ctrl-C.

import { startAuthEmulator } from './local/auth-emulator.mjs';
import { clerkInstance } from './local/clerk.mjs';
import { startDemo } from './local/demo.mjs';
import { startFront } from './local/front.mjs';
import { startFunctions, warmUp } from './local/functions.mjs';
import { freePort, isFree, stopAll } from './local/process.mjs';

const project = 'demo-app';
const ports = {
  PORT: Number(process.env.PORT || 9000),
  AUTH_PORT: Number(process.env.AUTH_PORT || 9099),
  PAGE_PORT: Number(process.env.PAGE_PORT || 5000),
};

async function main() {
  for (const [variable, port] of Object.entries(ports)) {
    if (!(await isFree(port))) {
      throw new Error(`Port ${port} is taken: choose another one, as in: make run ${variable}=${port + 1}`);
    }
  }
  console.log('Starting the Auth emulator (10 to 30 seconds) …');
  const auth = await startAuthEmulator({ project, port: ports.AUTH_PORT });
  console.log('Building the functions (some minutes the first time, seconds later) …');
  // Until all is built, what is being compiled; an error, and everything after the last block, in full.
  const showBuild = (line) => {
    if (/^\s*error/.test(line)) inFull = true;
    if (inFull && line.trim()) console.log(line);
    else if (/^\s*(Compiling|Finished|Downloading)/.test(line)) console.log(`  ${line.trim()}`);
  };
  let inFull = false;
  const clerk = clerkInstance({ party: `http://127.0.0.1:${ports.PAGE_PORT}` });
  const functions = await startFunctions({
    port: await freePort(), project, authEmulator: auth.host, reload: true, onLine: showBuild, more: clerk.variables,
  });
  const names = await warmUp(functions.url);
  const front = await startFront({ port: ports.PORT, upstream: functions.url, names });
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

A saved handler is rebuilt, and served by the next call; what the compiler says appears here.
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
