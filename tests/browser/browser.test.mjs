// Chromium calls functions on another origin: preflights, readable errors, and streams whose chunks arrive one by one,
// over plain HTTP and through `cargo callable run`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startLocal } from '../lib/local.mjs';
import { root, start, stopAll, within } from '../lib/process.mjs';
import { skip, startChromium } from './lib/chromium.mjs';
import { expectedErrors, gatewayAnswers, startGateway, transformed } from '../template/lib/template.mjs';

const project = 'demo-app';
let conformance;
let local;
let browser;
let page;
let site;

before(async () => {
  if (skip) return;
  const { build } = await import('esbuild');
  const bundle = await build({
    entryPoints: [path.join(root, 'tests/browser/page.mjs')],
    nodePaths: [path.join(root, 'tests/sdk/node_modules')],
    bundle: true, format: 'iife', write: false,
  });
  site = createServer((request, response) => {
    const script = request.url === '/page.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? bundle.outputFiles[0].text : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');

  const server = start(path.join(root, 'target/debug/examples/conformance'), [], { env: {} });
  const [, address] = await server.printed(/listening on (127\.0\.0\.1:\d+)/);
  conformance = { project, functions: `http://${address}` };
  const { url, auth } = await startLocal();
  local = { project, auth: auth.url, functions: url };

  browser = await startChromium();
  page = browser.page;
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
}, { timeout: 1_200_000 });

after(async () => {
  await browser?.stop();
  site?.closeAllConnections();
  site?.close();
  await stopAll();
});

const inPage = (what, ...args) => within(60_000, what, page.evaluate(([what, args]) => window.demo[what](...args), [what, args]));

test('a signed-in user gets the message, across origins', { skip }, async () => {
  const answer = await inPage('call', local, 'returnAuthenticatedMessage', { text: 'some message' });
  assert.deepEqual(answer.data, { message: `Authenticated message 'some message' from user ${answer.uid}.` });
});

test('errors are readable across origins', { skip }, async () => {
  const { functions } = local;
  const signedOut = await inPage('call', { project, functions }, 'returnAuthenticatedMessage', { text: 'x' });
  assert.equal(signedOut.code, 'functions/unauthenticated');
  const wrong = await inPage('call', local, 'returnAuthenticatedMessage', { text: 5 });
  assert.equal(wrong.code, 'functions/invalid-argument');
  assert.equal(wrong.details.field, 'data.text');
  const thrown = await inPage('call', conformance, 'throwTest', {});
  assert.equal(thrown.code, 'functions/invalid-argument');
});

/** Whether most of the chunks, which were sent with pauses between them, also arrived with pauses. */
const inOwnTime = (chunks) => chunks.slice(1).filter(({ at }, index) => at - chunks[index].at > 10).length >= 3;

test('chunks arrive one by one over plain HTTP', { skip }, async () => {
  const { chunks, data } = await inPage('stream', conformance, 'genStream', {});
  assert.deepEqual(chunks.map(({ chunk }) => chunk), ['hello', 'world', 'this', 'is', 'cool']);
  assert.ok(inOwnTime(chunks), 'at different times');
  assert.equal(data, 'hello world this is cool');
});

test('words and errors arrive through cargo callable run, the words one by one', { skip }, async () => {
  const { chunks, data, uid } = await inPage('stream', local, 'streamAuthenticatedMessage', { text: 'one two' });
  const sentence = `Authenticated message 'one two' from user ${uid}.`;
  assert.deepEqual(chunks.map(({ chunk }) => chunk), sentence.split(' '));
  assert.deepEqual(data, { message: sentence });
  assert.ok(inOwnTime(chunks), 'at different times');
  const { functions } = local;
  const signedOut = await inPage('stream', { project, functions }, 'streamAuthenticatedMessage', { text: 'x' });
  assert.equal(signedOut.code, 'functions/unauthenticated');
});

test("the gateway's own answers are readable across origins", { skip }, async () => {
  const template = await transformed('template.yaml');
  const gateway = await startGateway(gatewayAnswers(template), template);
  for (const [name, [code, text]] of Object.entries(expectedErrors)) {
    const error = await inPage('call', { project, functions: gateway.url }, name, {});
    assert.equal(error.code, `functions/${code}`, name);
    assert.ok(error.message.startsWith(text), `${name}: ${error.message}`);
  }
  gateway.stop();
});

test('the page had no error, and sent requests only to this machine', { skip }, () => {
  assert.deepEqual(browser.problems, []);
});
