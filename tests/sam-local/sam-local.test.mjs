// `sam local start-api`: the function that `make build` built in a container, behind SAM's gateway, called by the real
// SDK with a token whose signature is verified.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll, within } from '../lib/process.mjs';
import { client, failure, message } from '../sdk/lib/client.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';
import { importImage, keysUrl, samEnvironment, serveKeys, startEngine, whyNot } from './engine.mjs';

const reason = whyNot();
const skip = reason ? `SKIPPED: sam local was not tested: ${reason}` : false;
if (skip) console.log(skip);

const project = 'my-app';
const name = 'returnAuthenticatedMessage';
const image = 'callables-local:al2023';
const parameters = ['--parameter-overrides', 'Architecture=x86_64', `FirebaseProjectId=${project}`, `IdTokenKeysUrl=${keysUrl}`];
let engine;
let front;
let url;

before(async () => {
  if (skip) return;
  const emulator = await startAuthEmulator({ project, port: await freePort() });
  front = await startReSigningFront(emulator.url);
  engine = await startEngine();
  const env = samEnvironment(engine.env);
  await importImage(image, await (await fetch(front.keys)).text(), engine.env);
  const port = await freePort();
  const sam = start('sam', [
    'local', 'start-api', '--template', path.join(root, 'template.yaml'), '--port', String(port), '--skip-pull-image', '--invoke-image', image,
    '--region', 'eu-west-1', '--warm-containers', 'LAZY', ...parameters,
  ], { env });
  await sam.printed(/Running on http/);
  url = `http://127.0.0.1:${port}`;
  // The first request starts the container; the keys are then served in it.
  await within(120_000, 'the first answer', fetch(`${url}/${name}`, { method: 'OPTIONS' }));
  await serveKeys(image, engine.env);
  await within(60_000, 'the fetch of the keys', untilKeysAreThere());
}, { timeout: 900_000 });

after(async () => {
  await stopAll();
  await engine?.stop();
  await front?.stop();
});

/** The function's fetch at its start failed, since nothing served the keys; the next one follows a second later. */
async function untilKeysAreThere() {
  const now = Math.floor(Date.now() / 1000);
  const issuer = `https://securetoken.google.com/${project}`;
  const token = front.signClaims({ iss: issuer, aud: project, sub: 'u', auth_time: now, iat: now, exp: now + 600 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  while ((await fetch(`${url}/${name}`, { method: 'POST', headers, body: '{"data":{"text":"x"}}' })).status === 503) {
    await setTimeout(100);
  }
}

const open = () => client({ project, auth: front.url, functions: url });

test('a signed-in user gets the message from the container', { skip }, async () => {
  const app = open();
  const user = await app.signIn.email();
  const answer = await app.call(name, { text: 'some message' });
  assert.equal(answer.message, `Authenticated message 'some message' from user ${user.uid}.`);
  await app.close();
});

test('errors reach the client with code, message and details', { skip }, async () => {
  const app = open();
  const signedOut = await failure(app.call(name, { text: 'x' }));
  assert.equal(signedOut.code, 'functions/unauthenticated');
  assert.match(signedOut.message, message('The function must be called while authenticated'));
  await app.signIn.anonymous();
  const wrong = await failure(app.call(name, { text: 5 }));
  assert.equal(wrong.code, 'functions/invalid-argument');
  assert.equal(wrong.details.field, 'data.text');
  await app.close();
  const get = await fetch(`${url}/${name}`, { headers: { origin: 'https://app.example' } });
  assert.equal(get.status, 400);
  assert.equal(get.headers.get('access-control-allow-origin'), 'https://app.example');
});

test('the function answers preflights, on both forms of the route', { skip }, async () => {
  for (const route of [`/${name}`, `/${project}/us-central1/${name}`]) {
    const answer = await fetch(url + route, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-headers': 'authorization,content-type' },
    });
    assert.equal(answer.status, 204, route);
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example');
    assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization,content-type');
    assert.equal(answer.headers.get('access-control-max-age'), '3600');
  }
});
