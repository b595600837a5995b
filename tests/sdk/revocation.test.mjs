// The revocation check against the real Auth emulator: the tokens of users who were disabled, revoked or deleted are
// otherwise valid.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll, within } from '../lib/process.mjs';
import { client } from './lib/client.mjs';

const project = 'demo-revocation';
let auth;
let url;

async function startChecking(authEmulator) {
  const server = start(path.join(root, 'target/debug/examples/revoking'), [], {
    env: { FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: authEmulator, PORT: '0' },
  });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  return `http://${address}/who`;
}

before(async () => {
  auth = await startAuthEmulator({ project, port: await freePort() });
  url = await startChecking(auth.host);
}, { timeout: 180_000 });

after(stopAll);

/** An administrator's request to the emulator. */
async function admin(verb, body) {
  const address = `${auth.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:${verb}`;
  const answer = await fetch(address, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer owner' }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function call(token, to = url) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await within(30_000, 'an answer', fetch(to, { method: 'POST', headers, body: '{"data":null}' }));
  return { status: answer.status, body: await answer.json() };
}

const later = (seconds) => String(Math.floor(Date.now() / 1000) + seconds);
const unauthenticated = { error: { message: 'Unauthenticated', status: 'UNAUTHENTICATED' } };

for (const [what, spoil, status] of [
  ['in good standing', async () => {}, 200],
  ['disabled', (localId) => admin('update', { localId, disableUser: true }), 401],
  ['revoked', (localId) => admin('update', { localId, validSince: later(10) }), 401],
  ['revoked before this sign-in', (localId) => admin('update', { localId, validSince: later(-10) }), 200],
  ['deleted', (localId) => admin('delete', { localId }), 401],
]) {
  test(`a user ${what} is answered ${status}`, async () => {
    const app = client({ project, auth: auth.url, functions: url });
    const user = await app.signIn.email();
    const token = await user.getIdToken();
    await spoil(user.uid);
    const answer = await call(token);
    assert.equal(answer.status, status);
    assert.deepEqual(answer.body, status === 200 ? { result: user.uid } : unauthenticated);
    await app.close();
  });
}

test('if the emulator cannot be asked, the answer is unavailable, so that no app signs its user out', async () => {
  const app = client({ project, auth: auth.url, functions: url });
  const token = await (await app.signIn.anonymous()).getIdToken();
  const answer = await call(token, await startChecking(`127.0.0.1:${await freePort()}`));
  assert.equal(answer.status, 503);
  assert.deepEqual(answer.body, { error: { message: 'Unavailable', status: 'UNAVAILABLE' } });
  await app.close();
});
