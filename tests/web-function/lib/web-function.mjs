// Lambda Web Functions as their documentation describes them: Node 24 runs index.js of the package, which has to listen on
// AWS_LAMBDA_HTTP_ENDPOINT; requests get headers of Lambda's; SIGTERM comes one second before the end.

import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort, root, start } from '../../lib/process.mjs';

const platform = `${os.platform()}-${os.arch()}`;

/** Node 24, from the registry; undefined where the registry has none for this machine. */
export const node = ['linux-arm64', 'linux-x64'].includes(platform)
  ? path.join(root, `tests/web-function/node_modules/node-${platform}/bin/node`)
  : undefined;

/** A folder as Lambda unpacks it: the two entries from docs/templates, and the program beside them. */
export async function packaged(program) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'web-function-'));
  const [entry, child, binary] = ['index.js', 'child.js', 'bootstrap'].map((name) => path.join(folder, name));
  for (const file of [entry, child]) await copyFile(path.join(root, 'docs/templates/web-function', path.basename(file)), file);
  await copyFile(program, binary);
  await chmod(binary, 0o755);
  return { entry, child, program: binary, remove: () => rm(folder, { recursive: true }) };
}

/** What Lambda sets. PORT and HOST are not among it. */
export const environment = (endpoint) => ({
  AWS_LAMBDA_HTTP_ENDPOINT: endpoint,
  AWS_LAMBDA_RUNTIME_API: '169.254.100.1:9001',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'native-http',
  AWS_LAMBDA_FUNCTION_NAME: 'my-web-function',
  AWS_REGION: 'eu-west-1',
  PATH: process.env.PATH,
});

/** Starts `entry`, by Node or as a program, and resolves when it listens. `variables` are the function's own. */
export async function startWebFunction(entry, variables) {
  const port = await freePort();
  const before = performance.now();
  const [command, ...words] = /\.m?js$/.test(entry) ? [node, entry] : [entry];
  const child = start(command, words, { cwd: path.dirname(entry), env: { ...environment(`127.0.0.1:${port}`), ...variables } });
  await Promise.race([listens(port), child.exited.then((code) => Promise.reject(new Error(`ended (${code}):\n${child.output}`)))]);
  return {
    url: `http://127.0.0.1:${port}`,
    before,
    child,
    /** Ends it as Lambda does. */
    end: async () => {
      process.kill(child.pid, 'SIGTERM');
      const late = sleep(1000).then(() => child.kill('SIGKILL'));
      const code = await child.exited;
      return Promise.race([late.then(() => code), code]);
    },
  };
}

/** Lambda tries the port until it accepts a connection. */
async function listens(port) {
  for (;;) {
    const accepted = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (accepted) return;
    await sleep(1);
  }
}
