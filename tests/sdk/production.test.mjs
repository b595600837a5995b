// Calls as in production, with the real SDK: signed tokens, a key endpoint, and the release binary, which has no
// emulator mode.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { client, failure, message } from './lib/client.mjs';
import { startReSigningFront } from './lib/re-signing-front.mjs';

const project = 'my-app';
const name = 'returnAuthenticatedMessage';
const binary = path.join(root, 'target/lambda/return-authenticated-message/bootstrap');
let emulator;
let front;
let functions;

/** The release binary over plain HTTP, with its keys from `keys`. */
async function startRelease(keys) {
  const server = start(binary, [], { env: { FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: keys, PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  return `http://${address}`;
}

before(async () => {
  emulator = await startAuthEmulator({ project, port: await freePort() });
  front = await startReSigningFront(emulator.url);
  functions = await startRelease(front.keys);
}, { timeout: 180_000 });

after(async () => {
  await stopAll();
  await front.stop();
});

const open = (auth = front.url) => client({ project, auth, functions });

for (const way of ['email', 'anonymous', 'custom']) {
  test(`a user signed in by ${way} gets the message, by a verified RS256 token`, async () => {
    const app = open();
    const user = await app.signIn[way]();
    const token = await user.getIdToken();
    assert.equal(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg, 'RS256');
    const answer = await app.call(name, { text: 'some message' });
    assert.equal(answer.message, `Authenticated message 'some message' from user ${user.uid}.`);
    await app.close();
  });
}

test('a refreshed token is accepted as well', async () => {
  const app = open();
  const user = await app.signIn.anonymous();
  await user.getIdToken(true);
  const answer = await app.call(name, { text: 'x' });
  assert.match(answer.message, new RegExp(`from user ${user.uid}\\.$`));
  await app.close();
});

test('a caller who is signed out gets unauthenticated', async () => {
  const app = open();
  const error = await failure(app.call(name, { text: 'x' }));
  assert.equal(error.code, 'functions/unauthenticated');
  assert.match(error.message, message('The function must be called while authenticated'));
  await app.close();
});

test('an unsigned token of the emulator is refused', async () => {
  const app = open(emulator.url);
  const user = await app.signIn.anonymous();
  assert.ok((await user.getIdToken()).endsWith('.'));
  const error = await failure(app.call(name, { text: 'x' }));
  assert.equal(error.code, 'functions/unauthenticated');
  assert.match(error.message, message('Unauthenticated'));
  await app.close();
});

test('expired, foreign and tampered tokens are refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'u', user_id: 'u', auth_time: now, iat: now, exp: now + 60,
  };
  const call = async (token) => {
    const response = await fetch(`${functions}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"data":{"text":"x"}}',
    });
    return response.status;
  };
  const signed = front.signClaims(good);
  assert.equal(await call(signed), 200);
  assert.equal(await call(front.signClaims({ ...good, exp: now - 1 })), 401);
  assert.equal(await call(front.signClaims({ ...good, aud: 'other' })), 401);
  assert.equal(await call(front.signClaims(good, { alg: 'RS256', kid: 'other' })), 401);
  const [header, , signature] = signed.split('.');
  const admin = Buffer.from(JSON.stringify({ ...good, sub: 'admin' })).toString('base64url');
  assert.equal(await call(`${header}.${admin}.${signature}`), 401);
});

test('the key set is fetched once at start, and once more at most for an unknown key', () => {
  assert.ok(front.keyRequests() <= 2, `${front.keyRequests()} fetches`);
});

test('without keys the answer is unavailable, so that no app signs its user out', async () => {
  const url = await startRelease(`http://127.0.0.1:${await freePort()}/keys`);
  const app = client({ project, auth: front.url, functions: url });
  await app.signIn.anonymous();
  const error = await failure(app.call(name, { text: 'x' }));
  assert.equal(error.code, 'functions/unavailable');
  await app.close();
});
