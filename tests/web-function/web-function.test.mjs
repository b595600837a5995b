// The door Lambda Web Functions: the release binary behind the entry of docs/templates/web-function, on Node 24 as Lambda
// runs it, called by the real Firebase SDK with signed tokens.

import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { client, failure, message } from '../sdk/lib/client.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';
import { environment, node, packaged, startWebFunction } from './lib/web-function.mjs';

const project = 'my-app';
const unary = 'returnAuthenticatedMessage';
const streaming = 'streamAuthenticatedMessage';
/** Streamed for more than a minute, at a word every 50 ms. */
const long = 'word '.repeat(2000);
const skip = node ? false : 'the registry has no Node 24 for this machine';
let emulator;
let front;
const packages = {};
const running = {};

const program = (folder) => path.join(root, `target/lambda/${folder}/bootstrap`);
const variables = (more) => ({ FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: front.keys, ...more });
const startOne = (name, more, entry = 'entry') => startWebFunction(packages[name][entry], variables(more));
const open = (web) => client({ project, auth: front.url, functions: web.url });

before(async () => {
  if (skip) return;
  emulator = await startAuthEmulator({ project, port: await freePort() });
  front = await startReSigningFront(emulator.url);
  packages[unary] = await packaged(program('return-authenticated-message'));
  packages[streaming] = await packaged(program('stream-authenticated-message'));
  for (const name of [unary, streaming]) running[name] = await startOne(name);
}, { timeout: 180_000 });

after(async () => {
  await stopAll();
  await front?.stop();
  for (const { remove } of Object.values(packages)) await remove();
});

test('the program takes the place of Node, and listens where Lambda says', { skip }, async () => {
  const { child, url } = running[unary];
  assert.equal(await readlink(`/proc/${child.pid}/exe`), packages[unary].program);
  await child.printed(new RegExp(`"listening","address":"${url.slice('http://'.length)}"`));
});

test('the SDK calls it, signed in and signed out', { skip }, async () => {
  const app = open(running[unary]);
  const error = await failure(app.call(unary, { text: 'x' }));
  assert.equal(error.code, 'functions/unauthenticated');
  assert.match(error.message, message('The function must be called while authenticated'));
  const user = await app.signIn.anonymous();
  const answer = await app.call(unary, { text: 'some message' });
  assert.equal(answer.message, `Authenticated message 'some message' from user ${user.uid}.`);
  await app.close();
});

test('several calls run at once, streams and others', { skip }, async () => {
  const app = open(running[streaming]);
  const user = await app.signIn.anonymous();
  const whole = (text) => `Authenticated message '${text}' from user ${user.uid}.`;
  const streams = ['a b', 'c d', 'e f'].map(async (text) => {
    const { chunks, result } = await app.stream(streaming, { text });
    assert.deepEqual(chunks, whole(text).split(' '));
    assert.equal(result.message, whole(text));
  });
  const others = Array.from({ length: 20 }, async (_, index) => {
    assert.equal((await app.call(streaming, { text: `${index}` })).message, whole(index));
  });
  await Promise.all([...streams, ...others]);
  await app.close();
});

test('a preflight is answered with CORS', { skip }, async () => {
  const headers = {
    origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type',
  };
  const answer = await fetch(`${running[unary].url}/${unary}`, { method: 'OPTIONS', headers });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization,content-type');
});

test("a record of a call has the function's name and Lambda's id of the request", { skip }, async () => {
  const { child, url } = running[unary];
  const headers = { 'content-type': 'application/json', 'lambda-web-request-id': 'id-of-lambda' };
  await fetch(url, { method: 'POST', headers, body: '{"data":{"text":"x"}}' });
  const [line] = await child.printed(/.*id-of-lambda.*/);
  const { message: text, spans: [span] } = JSON.parse(line);
  assert.equal(text, 'callable finished');
  assert.deepEqual([span.function, span.requestId], ['my-web-function', 'id-of-lambda']);
});

test('the log has the level and the format of its settings', { skip }, async () => {
  const web = await startOne(unary, { AWS_LAMBDA_LOG_FORMAT: 'Text', AWS_LAMBDA_LOG_LEVEL: 'DEBUG' });
  const [line] = await web.child.printed(/.*listening.*/);
  assert.throws(() => JSON.parse(line), SyntaxError);
  await web.end();
  const quiet = await startOne(unary, { AWS_LAMBDA_LOG_LEVEL: 'ERROR' });
  await fetch(quiet.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"data":{}}' });
  await quiet.end();
  assert.equal(quiet.child.output.includes('callable finished'), false);
});

test('a call that would take longer than Lambda lets it ends with deadline-exceeded', { skip }, async () => {
  const web = await startOne(streaming, { REQUEST_TIMEOUT_SECONDS: '1' });
  const app = open(web);
  await app.signIn.anonymous();
  assert.equal((await failure(app.stream(streaming, { text: long }))).code, 'functions/deadline-exceeded');
  await app.close();
  await web.end();
});

for (const [entry, what] of [['entry', 'in place of Node'], ['child', 'as a child of Node']]) {
  test(`${what}, a call that runs when Lambda ends the environment gets unavailable before that`, { skip }, async () => {
    const web = await startOne(streaming, {}, entry);
    const app = open(web);
    await app.signIn.anonymous();
    const { stream, data } = await app.begin(streaming, { text: long });
    data.catch(() => {});
    await stream[Symbol.asyncIterator]().next(); // it runs
    const code = await web.end();
    assert.equal((await failure(data)).code, 'functions/unavailable');
    assert.equal(code, 0, 'it has ended by itself');
    await app.close();
  });
}

for (const entry of ['entry', 'child']) test(`an endpoint that cannot be used is one sentence (${entry})`, { skip }, async () => {
  const child = start(node, [packages[unary][entry]], { env: { ...environment('3000'), FIREBASE_PROJECT_ID: project } });
  const [line] = await child.printed(/.*AWS_LAMBDA_HTTP_ENDPOINT.*/);
  assert.match(JSON.parse(line).message, /^AWS_LAMBDA_HTTP_ENDPOINT is not an IP address and a port: set it to host:port/);
  assert.equal(await child.exited, 1);
});
