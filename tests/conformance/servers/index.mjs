// The servers of docs/compatibility.md: two of Google's, and ours through each door. Each starts with the keys of the
// suite, and yields its name, where it is, and what is known of it.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { root, start } from '../../lib/process.mjs';
import { target } from '../../lib/local.mjs';
import { functionUrl, startFrontOf } from '../../template/lib/fronts.mjs';
import { startRuntime } from '../../lib/lambda-runtime.mjs';
import { startWebFunction } from '../../web-function/lib/web-function.mjs';

/** All callables in one program of ours. */
export const program = path.join(target, 'debug/examples/conforming');
const python = path.join(root, '.tools/venv/bin/python3');
const packages = path.join(root, '.tools/python-callables');

/** The callables of tests/conformance/README.md. */
export const CALLABLES = ['echo', 'who', 'fail', 'throw', 'nan', 'nothing', 'stream', 'enforced', 'signedIn', 'corsOne', 'corsTwo', 'corsOff'];

const variables = ({ project, keyPort }) => ({
  FIREBASE_PROJECT_ID: project,
  FIREBASE_ID_TOKEN_KEYS_URL: `http://127.0.0.1:${keyPort}/jwk`,
  FIREBASE_APP_CHECK_KEYS_URL: `http://127.0.0.1:${keyPort}/jwk`,
  AWS_LAMBDA_LOG_LEVEL: 'ERROR',
});

/** Starts a reference server, which prints where it listens. */
async function reference(command, args, { project, keyPort }, more) {
  const env = { PATH: process.env.PATH, GCLOUD_PROJECT: project, KEY_PORT: String(keyPort), ...more };
  const server = start(command, args, { env });
  const [, address] = await server.printed(/listening on (127\.0\.0\.1:\d+)/);
  return { url: `http://${address}` };
}

async function plain(settings, more) {
  const server = start(program, [], { env: { ...variables(settings), AWS_LAMBDA_LOG_LEVEL: 'INFO', PORT: '0', ...more } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  return { url: `http://${address}` };
}

async function alone(settings) {
  const servers = await Promise.all(CALLABLES.map((name) => plain(settings, { ALONE: name })));
  return { callables: Object.fromEntries(CALLABLES.map((name, index) => [name, `${servers[index].url}/${name}`])) };
}

async function lambda(settings, mode) {
  const runtime = await startRuntime('conforming', program, { ...variables(settings), CALLABLE_RESPONSE_MODE: mode });
  return startFrontOf(await functionUrl(runtime), [runtime]);
}

/** Every server: the name of its column, the files of its known differences, and how it starts. */
export const SERVERS = [
  { name: 'firebase-functions 7.4, Node', known: ['node'], start: (settings) => reference(process.execPath, [path.join(root, 'tests/parity/reference.mjs')], settings) },
  { name: 'firebase-functions 0.6, Python', known: ['python'], start: (settings) => reference(python, [path.join(root, 'tests/conformance/servers/python/main.py')], settings, { PYTHONPATH: packages }) },
  { name: 'here: HTTP, a program each', known: ['here'], start: alone },
  { name: 'here: HTTP, one program', known: ['here'], start: plain },
  { name: 'here: Lambda, buffered', known: ['here', 'here-lambda-buffered'], start: (settings) => lambda(settings, 'buffered') },
  { name: 'here: Lambda, streamed', known: ['here'], start: (settings) => lambda(settings, 'stream') },
  { name: 'here: Web Function', known: ['here'], start: (settings) => startWebFunction(program, variables(settings)) },
];

/** Known differences and missing callables of several files, as one. */
export async function knownOf(files) {
  const read = await Promise.all(files.map(async (file) => JSON.parse(await readFile(path.join(root, `tests/conformance/known/${file}.json`), 'utf8'))));
  return { differences: Object.assign({}, ...read.map(({ differences }) => differences)), lacks: Object.assign({}, ...read.map(({ lacks }) => lacks)) };
}
