// Sign-out at Clerk reaches Firebase: signed webhooks, the real Auth emulator, and a callable that checks
// for revocation.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { verifyWebhook } from '@clerk/backend/webhooks';

import { startAuthEmulator } from '../../scripts/local/auth-emulator.mjs';
import { startFunctions } from '../../scripts/local/functions.mjs';
import { freePort, root, start, stopAll, within } from '../../scripts/local/process.mjs';
import { client } from '../sdk/lib/client.mjs';
import { signInWithCustomToken } from '../sdk/node_modules/@firebase/auth/dist/node-esm/index.js';
import { clerkInstance, issuer, party, serviceAccount } from './lib/clerk.mjs';
import { startSecretsManager } from './lib/secrets-manager.mjs';

const project = 'demo-clerk';
const signingKey = randomBytes(24);
const signingSecret = `whsec_${signingKey.toString('base64')}`;
const clerk = clerkInstance();
const account = serviceAccount(project, { clerk_webhook_secret: signingSecret });
let auth;
let functions;
let checking;

before(async () => {
  const [secrets, emulator] = await Promise.all([
    startSecretsManager(),
    freePort().then((port) => startAuthEmulator({ project, port })),
  ]);
  auth = emulator;
  await secrets.create('firebase', account.json);
  functions = await startFunctions({
    port: await freePort(), project, authEmulator: auth.host,
    more: {
      ...secrets.env, FIREBASE_SERVICE_ACCOUNT_SECRET: 'firebase', CLERK_ISSUER: issuer,
      CLERK_AUTHORIZED_PARTIES: party, CLERK_JWT_KEY: clerk.pem, CALLABLE_RESPONSE_MODE: 'buffered',
    },
  });
  const server = start(path.join(root, 'target/debug/examples/revoking'), [], {
    env: { FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: auth.host, PORT: '0' },
  });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  checking = `http://${address}/who`;
  // The simulator builds a function when it is first asked for it.
  await within(900_000, 'the build of the exchange', exchange('user_warm'));
  await within(900_000, 'the build of the webhook', deliver({ type: 'email.created', data: {} }));
}, { timeout: 1_900_000 });

after(stopAll);

const exchange = async (sub) => {
  const answer = await fetch(`${functions.url}/exchangeClerkToken`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: { clerkToken: clerk.token({ sub }) } }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).result.token;
};

/** Signs in through Clerk; resolves with the ID token. */
async function signIn(sub) {
  const app = client({ project, auth: auth.url, functions: functions.url });
  const { user } = await signInWithCustomToken(app.auth, await exchange(sub));
  assert.equal(user.uid, sub);
  const token = await user.getIdToken();
  await app.close();
  return token;
}

/** The status of a call with this ID token where revocation is checked, at most a minute later. */
async function check(token) {
  const answer = await fetch(checking, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"data":null}',
  });
  return answer.status;
}

let messages = 0;
/** Delivers an event as Clerk does, or otherwise as `change` says. */
async function deliver(event, change = {}) {
  const body = JSON.stringify({ object: 'event', timestamp: Date.now(), ...event });
  const id = change.id ?? `msg_${(messages += 1)}`;
  const timestamp = String(Math.floor(Date.now() / 1000) + (change.age ? -change.age : 0));
  const mac = createHmac('sha256', change.key ?? signingKey).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json', 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${mac}`,
  };
  const answer = await fetch(`${functions.url}/clerkWebhook`, { method: 'POST', headers, body: change.body ?? body });
  return { status: answer.status, text: await answer.text(), headers, body };
}

/** The account as the emulator has it. */
async function accountOf(uid) {
  const url = `${auth.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:lookup`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify({ localId: [uid] }),
  });
  return (await answer.json()).users?.[0];
}

/** Until the next second: revocation counts in whole ones, of the emulator's own clock. */
async function nextSecond() {
  await setTimeout(1001 - (Date.now() % 1000)); // timers may be a millisecond early
}

test('our deliveries are what Clerk’s own library takes for its own', async () => {
  const { headers, body } = await deliver({ type: 'session.created', data: { id: 'sess_1', user_id: 'user_x' } });
  const request = new Request('https://example.com', { method: 'POST', headers, body });
  assert.equal((await verifyWebhook(request, { signingSecret })).type, 'session.created');
});

for (const [kind, data, disabled] of [
  ['session.ended', (user) => ({ id: 'sess_1', user_id: user }), undefined],
  ['session.removed', (user) => ({ id: 'sess_1', user_id: user }), undefined],
  ['session.revoked', (user) => ({ id: 'sess_1', user_id: user }), undefined],
  ['user.updated', (user) => ({ id: user, banned: true }), undefined],
  ['user.deleted', (user) => ({ id: user, deleted: true }), true],
]) {
  test(`after ${kind} the user's old ID token is refused where revocation is checked`, async () => {
    const user = `user_${kind.replace('.', '')}`;
    const token = await signIn(user);
    await nextSecond();
    const { status, text } = await deliver({ type: kind, data: data(user) });
    assert.deepEqual([status, text], [200, '{"received":true}']);
    const { validSince, disabled: isDisabled } = await accountOf(user);
    assert.ok(Number(validSince) >= Math.floor(Date.now() / 1000) - 5);
    assert.equal(isDisabled, disabled);
    assert.equal(await check(token), 401);
  });
}

test('a good token passes the check', async () => {
  assert.equal(await check(await signIn('user_good')), 200);
});

test('what is not signed, or not by Clerk, or not now, changes nothing', async () => {
  await signIn('user_safe');
  const before = await accountOf('user_safe');
  const event = { type: 'session.ended', data: { id: 'sess_1', user_id: 'user_safe' } };
  for (const [name, change] of Object.entries({
    'another key': { key: randomBytes(24) },
    'ten minutes old': { age: 600 },
    'from the future': { age: -600 },
    'another body': { body: JSON.stringify({ ...event, data: { user_id: 'user_safe', x: 1 } }) },
  })) {
    const { status, text } = await deliver(event, change);
    assert.equal(status, 401, name);
    assert.equal(text, '{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}', name);
  }
  assert.equal((await fetch(`${functions.url}/clerkWebhook`)).status, 400, 'GET');
  assert.deepEqual(await accountOf('user_safe'), before);
});

test('a repeated delivery and an unknown event are acknowledged and change nothing', async () => {
  await signIn('user_twice');
  const event = { type: 'session.ended', data: { id: 'sess_1', user_id: 'user_twice' }, timestamp: 1_000_000_000_000 };
  assert.equal((await deliver(event, { id: 'msg_same' })).status, 200);
  const first = await accountOf('user_twice');
  assert.equal((await deliver({ ...event, timestamp: Date.now() }, { id: 'msg_same' })).status, 200);
  assert.deepEqual(await accountOf('user_twice'), first, 'by its id');
  assert.equal((await deliver({ type: 'user.updated', data: { id: 'user_twice', banned: false } })).status, 200);
  assert.equal((await deliver({ type: 'session.ended', data: { id: 's', user_id: 'user_nobody' } })).status, 200);
  assert.equal((await deliver({ type: 'session.ended', data: {} })).status, 400, 'names no user');
  assert.deepEqual(await accountOf('user_twice'), first);
});

test('an old event does not take back a newer revocation', async () => {
  await signIn('user_late');
  const at = (timestamp) => deliver({ type: 'session.ended', data: { id: 's', user_id: 'user_late' }, timestamp });
  await at(Date.now());
  const { validSince } = await accountOf('user_late');
  await at(Date.now() - 100_000);
  assert.equal((await accountOf('user_late')).validSince, validSince);
});
