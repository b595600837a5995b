// `make bench-web-function`: ours against firebase-functions as Lambda Web Functions, on the same Node 24, in turns. Every
// answer is checked. Prints a table of medians with their ratios; `--rounds 1` is a check that it works.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { freePort, root } from '../../lib/process.mjs';
import { packaged, startWebFunction } from '../../web-function/lib/web-function.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const project = 'my-app';
const STARTS = 3;
const WARM_UP = 400;
const CALLS = 1000;
const STREAMS = 100;
const NUMBER = '9007199254740993'; // 2^53 + 1, which no double has

// A key, its endpoint in both forms, and tokens.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const kid = 'bench';
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] });
const pems = JSON.stringify({ [kid]: publicKey.export({ format: 'pem', type: 'spki' }) });
const keyServer = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'public, max-age=21600' });
  response.end(request.url.includes('/x509/') ? pems : jwks);
}).listen(0, '127.0.0.1');
await once(keyServer, 'listening');
const keyPort = keyServer.address().port;

function token(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `https://securetoken.google.com/${project}`, aud: project, sub: user, user_id: user, auth_time: now, iat: now, exp: now + 3600,
    email: 'ada@example.com', email_verified: true, firebase: { identities: { email: ['ada@example.com'] }, sign_in_provider: 'password' },
  };
  const text = `${part({ alg: 'RS256', kid, typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}
const users = Array.from({ length: 200 }, (_, index) => `user-${index}`).map((user) => [user, token(user)]);

// The targets: a package of each, made as for a deployment.

const folder = await mkdtemp(path.join(os.tmpdir(), 'reference-'));
const reference = path.join(root, 'tests/web-function/reference.mjs');
const { build } = await import(path.join(root, 'tests/web-function/node_modules/esbuild/lib/main.js'));
await build({
  entryPoints: [reference], bundle: true, platform: 'node', format: 'esm', minify: true, outfile: path.join(folder, 'index.mjs'),
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
const shipped = await packaged(path.join(root, 'target/lambda/return-authenticated-message/bootstrap'));
const measured = await packaged(path.join(root, '.tools/bench/web-function/release/web-function'));
const targets = [
  { name: 'ours', call: shipped.entry, other: measured.entry, alone: shipped.program },
  { name: 'ours, a child of Node', call: shipped.child, other: measured.child },
  { name: 'firebase-functions', call: reference, other: reference },
  { name: 'the same, bundled', call: path.join(folder, 'index.mjs'), other: path.join(folder, 'index.mjs') },
];
const started = (entry, keys = keyPort) =>
  startWebFunction(entry, { FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: `http://127.0.0.1:${keys}/jwks`, KEY_PORT: String(keys) });

// What is measured.

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];

/** Posts `data`; `agent` keeps the connection. The answer is ready when its head is there, and read when `text` is called. */
async function post(url, data, headers = {}, agent = undefined) {
  const body = JSON.stringify({ data });
  const request = http.request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers } });
  request.end(body);
  const [response] = await once(request, 'response');
  response.setEncoding('utf8');
  const text = async () => {
    let all = '';
    for await (const part of response) all += part;
    return all;
  };
  return { status: response.statusCode, response, text };
}

async function call(web, [user, bearer], agent) {
  const answer = await post(`${web.url}/returnAuthenticatedMessage`, { text: 'some message' }, { authorization: `Bearer ${bearer}` }, agent);
  const text = await answer.text();
  assert.equal(text, `{"result":{"message":"Authenticated message 'some message' from user ${user}."}}`);
}

/** Adds up `figure(thread)` for the threads of a process and of its children. */
async function ofThreads(pid, figure) {
  const threads = (await readdir(`/proc/${pid}/task`)).map((thread) => `/proc/${pid}/task/${thread}`);
  const figures = threads.map(async (thread) => {
    const children = (await readFile(`${thread}/children`, 'utf8')).split(' ').filter(Boolean);
    return [await figure(thread), ...await Promise.all(children.map((child) => ofThreads(child, figure)))];
  });
  return (await Promise.all(figures)).flat().reduce((sum, one) => sum + one, 0);
}

/** Processor time in nanoseconds: the first number of `schedstat`. */
const processorTime = (pid) => ofThreads(pid, async (thread) => Number((await readFile(`${thread}/schedstat`, 'utf8')).split(' ')[0]));

/** The resident memory, in MiB: counted at the first thread of each process. */
const memory = (pid) => ofThreads(pid, async (thread) => {
  const status = await readFile(`${thread}/status`, 'utf8');
  const of = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return of('Pid') === of('Tgid') ? of('VmRSS') / 1024 : 0;
});

/** From the start of the process to its first answer, in ms: the median of some starts. */
async function firstAnswer(entry) {
  const times = [];
  for (let start = 0; start < STARTS; start += 1) {
    const web = await started(entry);
    await call(web, users[0]);
    times.push(performance.now() - web.before);
    await web.end();
  }
  return median(times);
}

async function measure({ call: entry, other, alone }) {
  const figures = { first: await firstAnswer(entry), alone: alone && await firstAnswer(alone) };
  const web = await started(entry);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < WARM_UP; index += 1) await call(web, users[index % users.length], agent);
  const before = await processorTime(web.child.pid);
  for (let index = 0; index < CALLS; index += 1) await call(web, users[index % users.length], agent);
  figures.processor = (await processorTime(web.child.pid) - before) / CALLS / 1000;
  figures.memory = await memory(web.child.pid);
  agent.destroy();
  await web.end();

  const idle = await started(other);
  const headers = { accept: 'text/event-stream' };
  const streams = await Promise.all(Array.from({ length: STREAMS }, async () => {
    const { response } = await post(`${idle.url}/measured`, {}, headers);
    for await (const part of response.iterator({ destroyOnReturn: false })) if (part.includes('first')) break;
    return response;
  }));
  figures.streams = await memory(idle.child.pid);
  for (const stream of streams) stream.on('error', () => {}).destroy();
  const wrapped = { '@type': 'type.googleapis.com/google.protobuf.Int64Value', value: NUMBER };
  figures.number = (await (await post(`${idle.url}/measured`, { number: wrapped })).text()).match(/\d+/)[0];
  await idle.end();

  const cut = await started(entry, await freePort());
  const answer = await post(cut.url + '/returnAuthenticatedMessage', { text: 'x' }, { authorization: `Bearer ${users[0][1]}` });
  figures.outage = `${answer.status} ${JSON.parse(await answer.text()).error.status}`;
  await cut.end();
  return figures;
}

// Rounds, medians, ratios.

const rounds = Number(options.rounds);
const all = targets.map(() => []);
for (let round = 1; round <= rounds; round += 1) {
  console.log(`round ${round} of ${rounds} …`);
  for (const [index, target] of targets.entries()) all[index].push(await measure(target));
}
keyServer.close();
await Promise.all([rm(folder, { recursive: true }), shipped.remove(), measured.remove()]);

const rows = [
  ['first answer after the start, ms', 'first', 0.25],
  ['processor time per signed-in call, µs', 'processor'],
  [`memory after ${WARM_UP + CALLS} calls, MiB`, 'memory', 0.15],
  [`memory with ${STREAMS} idle streams, MiB`, 'streams'],
];
const cell = (number) => (number < 10 ? number.toFixed(2) : number.toFixed(number < 100 ? 1 : 0));
const columns = [...targets.map(({ name }) => name), 'ours to each', 'bar', ''];
console.log(`\n| | ${columns.join(' | ')} |\n|---|${'--:|'.repeat(columns.length - 1)}---|`);
for (const [title, figure, bar] of rows) {
  const medians = all.map((figures) => median(figures.map((one) => one[figure])));
  const ratios = medians.slice(-2).map((other) => medians[0] / other);
  const met = bar === undefined ? '' : Math.max(...ratios) <= bar ? 'met' : 'not met';
  console.log(`| ${title} | ${medians.map(cell).join(' | ')} | ${ratios.map((ratio) => ratio.toFixed(3)).join('; ')} | ${bar ?? '–'} | ${met} |`);
}
for (const [title, figure] of [[`${NUMBER} as data, returned`, 'number'], ['a good token while the keys cannot be fetched', 'outage']]) {
  const seen = all.map((figures) => [...new Set(figures.map((one) => one[figure]))].join(', '));
  console.log(`| ${title} | ${seen.join(' | ')} | | | |`);
}
console.log(`\nOurs without Node.js answers first after ${cell(median(all[0].map(({ alone }) => alone)))} ms.`);
