// `cargo callable run` as tests use it, and one function alone.

import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { freePort, root, start } from './process.mjs';

/** Where cargo puts what it builds. */
export const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');

/** The tool, as `make check` builds it. */
export const tool = path.join(target, 'debug/cargo-callable');

/** Every function of the workspace at `home`: its names, routes and kind. */
export function functions(home = root) {
  const all = JSON.parse(execFileSync(tool, ['routes', '--json'], { cwd: home, encoding: 'utf8' }));
  return all.map(({ paths, ...rest }) => ({ ...rest, routes: paths, logicalId: logicalIdOf(rest.folder) }));
}

/** `send-invoice` is deployed as `SendInvoiceFunction`. */
export const logicalIdOf = (folder) => `${folder.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase())}Function`;

/** Only the programs that a test needs: not those of the make that runs it. */
const environment = (more) => {
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, NODE_TEST_CONTEXT, ...inherited } = process.env;
  return { ...inherited, CARGO_TARGET_DIR: target, PATH: [path.join(root, '.tools/venv/bin'), process.env.PATH].join(path.delimiter), ...more };
};

/** Runs everything of the workspace at `home` on free ports; resolves when it serves. */
export async function startLocal({ home = root, variables = {} } = {}) {
  const [port, auth, page] = [await freePort(), await freePort(), await freePort()];
  const words = ['run', '--port', port, '--auth-port', auth, '--page-port', page].map(String);
  const run = start(tool, words, { cwd: home, env: environment(variables) });
  await run.printed(/^Stop +Ctrl-C/m, 1_200_000);
  return {
    url: `http://127.0.0.1:${port}`,
    auth: { url: `http://127.0.0.1:${auth}`, host: `127.0.0.1:${auth}` },
    page: `http://127.0.0.1:${page}`,
    /** The local AWS, if the workspace has tables. */
    aws: run.output.match(/^AWS +(http:[^ ,]+)/m)?.[1],
    output: () => run.output,
    stop: () => run.stop(),
  };
}

/** One function of this repository as a plain HTTP server, built for a local run. `variables` is its whole environment. */
export async function startFunction(folder, variables) {
  await promisify(execFile)('cargo', ['build', '--quiet', '--locked', '-p', folder, '--features', `${folder}/emulator`], { cwd: root, env: environment(), maxBuffer: 64 << 20 });
  const server = start(path.join(target, 'debug', folder), [], { env: { ...variables, PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  return { url: `http://${address}`, printed: (pattern) => server.printed(pattern), stop: () => server.stop('SIGTERM') };
}
