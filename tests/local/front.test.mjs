// The front of `make run`: it survives any request, and a browser can read each of its answers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { routeOf, startFront } from '../../scripts/local/front.mjs';
import { startDemo } from '../../scripts/local/demo.mjs';
import { freePort, within } from '../../scripts/local/process.mjs';
import { Watchdog } from '../../scripts/local/watchdog.mjs';

const names = ['addMessage'];
let simulator;
let front;

before(async () => {
  // Like cargo-lambda's router it knows two forms of a path, and its own 404 has no CORS headers.
  simulator = createServer((request, response) => {
    const known = /^(\/[^/]+\/[^/]+)?\/addMessage(\?|$)/.test(request.url);
    if (!known) return response.writeHead(404).end();
    return response.writeHead(200, { 'access-control-allow-origin': 'https://a.example' }).end(request.url);
  }).listen(0, '127.0.0.1');
  await once(simulator, 'listening');
  front = await startFront({ port: 0, upstream: `http://127.0.0.1:${simulator.address().port}`, names });
});

after(() => {
  front.stop();
  simulator.close();
});

/** The raw answer to a raw request: fetch would correct an odd one before sending it. */
async function answerTo(url, head, headers = '') {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(Buffer.from(`${head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`, 'latin1'));
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await within(10_000, `the answer to ${head}`, once(socket, 'close'));
  return Buffer.concat(chunks).toString();
}

test('the last part of a path is the name, with any parts before it', () => {
  for (const [url, expected] of [
    ['/addMessage', '/addMessage'],
    ['/addMessage?a=/x', '/addMessage?a=/x'],
    ['/demo-app/us-central1/addMessage', '/demo-app/us-central1/addMessage'],
    ['/prod/addMessage', '/addMessage'],
    ['/prod/addMessage?a=1', '/addMessage?a=1'],
    ['//addMessage', '/addMessage'],
    ['//us-central1/addMessage', '/addMessage'],
    ['/a/b/c/d/addMessage', '/addMessage'],
    ['http://127.0.0.1/addMessage', '/addMessage'],
    ['/', undefined],
    ['//', undefined],
    ['*', undefined],
    ['/addMessage/', undefined],
    ['/addmessage', undefined],
    ['/x?/addMessage', undefined],
    ['/constructor', undefined],
  ]) {
    assert.equal(routeOf(url, names)?.path, expected, url);
  }
});

test('answers every request with CORS headers, and goes on', async () => {
  for (const [head, expected] of [
    ['GET //', /^HTTP\/1.1 404 .*access-control-allow-origin: \*.*NOT_FOUND/s],
    ['GET ///?x', /^HTTP\/1.1 404 /],
    ['OPTIONS *', /^HTTP\/1.1 204 /],
    ['POST /prod/addMessage', /^HTTP\/1.1 200 .*access-control-allow-origin: https:\/\/a.example/s],
    ['POST /addMessage?\xe9', /^HTTP\/1.1 400 /],
    ['POST /\xe9/addMessage', /^HTTP\/1.1 400 /],
    ['GET http://[/addMessage', /^HTTP\/1.1 200 /],
    ['POST /addMessage', /^HTTP\/1.1 200 /],
  ]) {
    assert.match(await answerTo(front.url, head), expected, head);
  }
});

test('a preflight for a name that does not exist is 2xx, so that the browser sees the 404 behind it', async () => {
  for (const path of ['/nothing', '/prod/nothing', '/demo-app/us-central1/nothing', '/']) {
    const answer = await answerTo(front.url, `OPTIONS ${path}`, 'access-control-request-headers: content-type\r\n');
    assert.match(answer, /^HTTP\/1.1 204 .*access-control-allow-headers: content-type/s, path);
    assert.match(await answerTo(front.url, `POST ${path}`), /^HTTP\/1.1 404 .*access-control-allow-origin: \*/s, path);
  }
});

test('the page answers every request as well', async () => {
  const page = await startDemo({ port: await freePort(), config: {}, session: () => 'session' });
  for (const head of ['GET //', 'GET http://[/', 'GET /constructor', 'GET /__proto__']) {
    assert.match(await answerTo(page.url, head), /^HTTP\/1.1 404 /, head);
  }
  assert.match(await answerTo(page.url, 'GET /?x'), /^HTTP\/1.1 200 /);
  page.stop();
});

test('the watchdog names the function when the simulator does not answer', async () => {
  const held = createServer((request, response) => response.on('close', () => {})).listen(0, '127.0.0.1');
  await once(held, 'listening');
  let stuck;
  const noticed = new Promise((resolve) => { stuck = resolve; });
  const watchdog = new Watchdog({ ms: 50, stuck });
  const upstream = `http://127.0.0.1:${held.address().port}`;
  const waiting = await startFront({ port: 0, upstream, names, watchdog });
  const call = fetch(`${waiting.url}/addMessage`).catch(() => {});
  assert.equal(await within(10_000, 'the report', noticed), 'addMessage');
  waiting.stop();
  held.closeAllConnections();
  held.close();
  await call;
});

test('a call that is never answered ends with an error that a client can read, while others are answered', async () => {
  const held = createServer((request, response) => request.url === '/addMessage?quick' && response.end('quick')).listen(0, '127.0.0.1');
  await once(held, 'listening');
  const upstream = `http://127.0.0.1:${held.address().port}`;
  const waiting = await startFront({ port: 0, upstream, names, longest: 50 });
  const call = (path, headers) => within(10_000, path, answerTo(waiting.url, `POST ${path}`, headers));
  assert.match(await call('/addMessage'), /^HTTP\/1.1 504 .*access-control-allow-origin: \*.*"status":"DEADLINE_EXCEEDED"/s);
  assert.match(await call('/addMessage', 'accept: text/event-stream\r\n'), /^HTTP\/1.1 200 .*data: {"error":.*"DEADLINE_EXCEEDED"/s);
  assert.match(await call('/addMessage?quick'), /^HTTP\/1.1 200 .*quick/s);
  waiting.stop();
  held.closeAllConnections();
  held.close();
});

test('the watchdog starts its time anew with each line of a build and with each answer', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const pass = (ms) => {
    now += ms;
    context.mock.timers.tick(ms);
  };
  const stuck = [];
  const watchdog = new Watchdog({ ms: 100, stuck: (name) => stuck.push(name) });
  pass(1000);
  const answered = watchdog.waits('one');
  pass(99);
  watchdog.printed('   Compiling shared v0.1.0');
  pass(899_999);
  assert.deepEqual(stuck, [], 'cargo may print nothing for a long time while it compiles a crate');
  watchdog.printed('    Finished `dev` profile [unoptimized + debuginfo] target(s) in 15m 00s');
  pass(99);
  watchdog.printed('{"level":"INFO","fields":{"message":"callable finished"}}'); // the log of a call is not a line of a build
  assert.deepEqual(stuck, []);
  pass(1);
  assert.deepEqual(stuck, ['one']);
  pass(99);
  const other = watchdog.waits('two');
  answered();
  answered();
  pass(99);
  assert.deepEqual(stuck, ['one']);
  other();
  pass(10_000);
  assert.deepEqual(stuck, ['one'], 'no call waits');
  watchdog.printed('   Compiling shared v0.1.0');
  watchdog.waits('three');
  pass(900_000);
  assert.deepEqual(stuck, ['one', 'three'], 'a build that prints nothing for 15 minutes counts as stuck');
});
