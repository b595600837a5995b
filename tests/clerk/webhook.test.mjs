// Sessions that end at Clerk, and users who are banned there, lose their Firebase sign-in: signed webhooks, the real
// Auth emulator, and a callable that checks for revocation.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { verifyWebhook } from '@clerk/backend/webhooks';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { startFunction } from '../lib/local.mjs';
import { freePort, root, start, stopAll, within } from '../lib/process.mjs';
import { client, failure } from '../sdk/lib/client.mjs';
import { signInWithCustomToken } from '../sdk/node_modules/@firebase/auth/dist/node-esm/index.js';
import { clerkInstance, issuer, party, serviceAccount } from './lib/clerk.mjs';
import { startSecretsManager } from './lib/secrets-manager.mjs';

const project = 'demo-clerk';
const signingKey = randomBytes(24);
const signingSecret = `whsec_${signingKey.toString('base64')}`;
const clerk = clerkInstance();
const account = serviceAccount(project, { clerk_webhook_secret: signingSecret });
let auth;
let exchanging;
let webhook;
let checking;
let secrets;

before(async () => {
  [secrets, auth] = await Promise.all([
    startSecretsManager(),
    freePort().then((port) => startAuthEmulator({ project, port })),
  ]);
  await secrets.create('firebase', account.json);
  const variables = {
    ...secrets.env, FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: auth.host,
    FIREBASE_SERVICE_ACCOUNT_SECRET: 'firebase', CLERK_ISSUER: issuer, CLERK_AUTHORIZED_PARTIES: party, CLERK_JWT_KEY: clerk.pem,
  };
  exchanging = await startFunction('exchange-clerk-token', variables);
  webhook = await startFunction('clerk-webhook', variables);
  const server = start(path.join(root, 'target/debug/examples/revoking'), [], {
    env: { FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: auth.host, PORT: '0' },
  });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  checking = `http://${address}/who`;
}, { timeout: 1_900_000 });

after(stopAll);

const exchange = async (sub) => {
  const answer = await fetch(`${exchanging.url}/exchangeClerkToken`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: { clerkToken: clerk.token({ sub }) } }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).result.token;
};

/** Signs in through Clerk; resolves with the ID token. */
async function signIn(sub) {
  const app = client({ project, auth: auth.url, functions: exchanging.url });
  const { user } = await signInWithCustomToken(app.auth, await exchange(sub));
  assert.equal(user.uid, sub);
  const token = await user.getIdToken();
  await app.close();
  return token;
}

/** The status of a call with this ID token to the function that checks revocation, at most a minute later. */
async function check(token) {
  const answer = await fetch(checking, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"data":null}',
  });
  return answer.status;
}

let messages = 0;
/** Delivers an event as Clerk does; `change` alters the delivery. */
async function deliver(event, change = {}) {
  const body = JSON.stringify({ object: 'event', timestamp: Date.now(), ...event });
  const id = change.id ?? `msg_${(messages += 1)}`;
  const timestamp = String(Math.floor(Date.now() / 1000) + (change.age ? -change.age : 0));
  const mac = createHmac('sha256', change.key ?? signingKey).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json', 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${mac}`,
  };
  const answer = await fetch(change.url ?? `${webhook.url}/clerkWebhook`, { method: 'POST', headers, body: change.body ?? body });
  return { status: answer.status, text: await answer.text(), headers, body };
}

async function post(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

/** An administrator's request to the emulator's accounts. */
const administer = (method, body) =>
  post(`${auth.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:${method}`, body, { authorization: 'Bearer owner' });

/** The account in the emulator. */
const accountOf = async (uid) => (await administer('lookup', { localId: [uid] })).users?.[0];

/** Exchanges a custom token as the SDKs do, but keeps the result even if the account cannot be read. */
const trade = (token) =>
  post(`${auth.url}/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken?key=any`, { token, returnSecureToken: true });

/** Another ID token of the same sign-in. */
const refresh = async (refreshToken) =>
  post(`${auth.url}/securetoken.googleapis.com/v1/token?key=any`, { grantType: 'refresh_token', refreshToken });

/** After an ended session sign-ins count again from here on: see OUTSTANDING in the webhook's event.rs. */
const outstanding = 60 + 5 + 60;

test('Clerk’s own library accepts the deliveries of this test', async () => {
  const { headers, body } = await deliver({ type: 'session.created', data: { id: 'sess_1', user_id: 'user_x' } });
  const request = new Request('https://example.com', { method: 'POST', headers, body });
  assert.equal((await verifyWebhook(request, { signingSecret })).type, 'session.created');
});

const session = (user) => ({ id: 'sess_1', user_id: user });
const endings = [
  ['session.ended', session],
  ['session.removed', session],
  ['session.revoked', session],
];
const banned = ['user.updated', (user) => ({ id: user, banned: true })];
const deleted = ['user.deleted', (user) => ({ id: user, deleted: true })];
const named = (kind, what) => `user_${kind.replace('.', '')}${what}`;

for (const [kind, data] of [...endings, banned, deleted]) {
  test(`after ${kind} the user's old ID token is refused where revocation is checked`, async () => {
    const user = named(kind, 'Old');
    const token = await signIn(user);
    const { status, text } = await deliver({ type: kind, data: data(user) });
    assert.deepEqual([status, text], [200, '{"received":true}']);
    assert.equal(await check(token), 401);
  });
}

for (const [kind, data] of endings) {
  test(`a sign-in with a custom token fetched before ${kind} is revoked already`, async () => {
    const user = named(kind, 'Outstanding');
    await signIn(user);
    const [one, other] = [await exchange(user), await exchange(user)];
    const timestamp = Date.now();
    await deliver({ type: kind, data: data(user), timestamp });
    assert.equal(Number((await accountOf(user)).validSince), Math.floor(timestamp / 1000) + outstanding);

    const { idToken, refreshToken } = await trade(one);
    assert.equal(await check(idToken), 401);
    assert.equal(await check((await refresh(refreshToken)).id_token), 401);
    const app = client({ project, auth: auth.url, functions: exchanging.url });
    assert.equal((await failure(signInWithCustomToken(app.auth, other))).code, 'auth/user-token-expired');
    await app.close();
  });

  test(`a first sign-in with a custom token fetched before ${kind} is revoked already`, async () => {
    const user = named(kind, 'First');
    const token = await exchange(user);
    assert.equal((await deliver({ type: kind, data: data(user) })).status, 200);
    const { idToken, refreshToken } = await trade(token);
    assert.equal(await check(idToken), 401);
    assert.equal(await check((await refresh(refreshToken)).id_token), 401);
  });

  test(`a sign-in with a new session is accepted once tokens fetched before ${kind} have expired`, async () => {
    const user = named(kind, 'Later');
    await signIn(user);
    const event = { type: kind, data: data(user), timestamp: Date.now() - (outstanding + 1) * 1000 };
    assert.equal((await deliver(event)).status, 200);
    assert.equal(await check(await signIn(user)), 200);
  });
}

for (const [kind, data] of [banned, deleted]) {
  test(`after ${kind}, tokens fetched before do not sign in, and refreshes fail`, async () => {
    const user = named(kind, 'Outstanding');
    const { refreshToken } = await trade(await exchange(user));
    const token = await exchange(user);
    assert.equal((await deliver({ type: kind, data: data(user) })).status, 200);
    assert.equal((await accountOf(user)).disabled, true);
    assert.equal((await trade(token)).error.message, 'USER_DISABLED');
    assert.equal((await refresh(refreshToken)).error.message, 'USER_DISABLED');
    // Clerk gives no new session, but a token of the last one can be exchanged for another minute.
    assert.equal((await trade(await exchange(user))).error.message, 'USER_DISABLED');
  });

  test(`${kind} of a user who never signed in: a token fetched before does not sign in`, async () => {
    const user = named(kind, 'Unknown');
    const token = await exchange(user);
    assert.equal(await accountOf(user), undefined);
    assert.equal((await deliver({ type: kind, data: data(user) })).status, 200);
    assert.equal((await accountOf(user)).disabled, true);
    assert.equal((await trade(token)).error.message, 'USER_DISABLED');
  });
}

const at = (user, isBanned, timestamp) => deliver({ type: 'user.updated', data: { id: user, banned: isBanned }, timestamp });

test('a user whose ban is lifted signs in again, and the token does not mention the ban', async () => {
  await signIn('user_pardoned');
  await at('user_pardoned', true, Date.now());
  assert.equal((await accountOf('user_pardoned')).disabled, true);
  await at('user_pardoned', false, Date.now());
  const token = await signIn('user_pardoned');
  assert.equal(await check(token), 200);
  assert.doesNotMatch(Buffer.from(token.split('.')[1], 'base64url').toString(), /banned/);
});

test('the newest event decides whether a user is banned, in any order of delivery and with repeated deliveries', async () => {
  const now = Date.now();
  const [T1, T2, T3] = [now - 3000, now - 2000, now - 1000];
  for (const [name, events, disabled] of [
    ['InOrder', [[true, T1], [false, T2]], false],
    ['Late', [[false, T2], [true, T1]], false],
    ['Repeated', [[true, T1], [false, T2], [true, T1]], false],
    ['OldEnd', [[true, T2], [false, T1]], true],
    ['Again', [[true, T1], [true, T3], [false, T2]], true],
    ['AgainLate', [[true, T3], [true, T1], [false, T2]], true],
    ['Twice', [[true, T1], [false, T2], [true, T3]], true],
    ['Unknown', [[true, T1], [false, T2]], false],
  ]) {
    const user = `user_order${name}`;
    if (name !== 'Unknown') await signIn(user);
    for (const event of events) assert.equal((await at(user, ...event)).status, 200, name);
    assert.equal((await accountOf(user)).disabled ?? false, disabled, name);
  }
});

test('the end of a ban does not enable an account that was disabled before the ban, or that of a deleted user', async () => {
  await signIn('user_elsewhere');
  await administer('update', { localId: 'user_elsewhere', disableUser: true });
  await at('user_elsewhere', true, Date.now());
  await at('user_elsewhere', false, Date.now());
  assert.equal((await accountOf('user_elsewhere')).disabled, true);

  await signIn('user_gone');
  await at('user_gone', true, Date.now());
  await deliver({ type: 'user.deleted', data: { id: 'user_gone', deleted: true } });
  await at('user_gone', false, Date.now());
  assert.equal((await accountOf('user_gone')).disabled, true);
});

test('a token of a current sign-in passes the check', async () => {
  assert.equal(await check(await signIn('user_good')), 200);
});

test('a delivery that is not signed, not signed by Clerk, or not recent changes nothing', async () => {
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
  assert.equal((await fetch(`${webhook.url}/clerkWebhook`)).status, 400, 'GET');
  assert.deepEqual(await accountOf('user_safe'), before);
});

test('a repeated delivery and an unknown event are acknowledged and change nothing', async () => {
  await signIn('user_twice');
  const event = { type: 'session.ended', data: { id: 'sess_1', user_id: 'user_twice' }, timestamp: 1_000_000_000_000 };
  assert.equal((await deliver(event, { id: 'msg_same' })).status, 200);
  const first = await accountOf('user_twice');
  assert.equal((await deliver({ ...event, timestamp: Date.now() }, { id: 'msg_same' })).status, 200);
  assert.deepEqual(await accountOf('user_twice'), first, 'a repeated delivery is recognized by its id');
  assert.equal((await deliver({ type: 'user.updated', data: { id: 'user_twice', banned: false } })).status, 200);
  const old = { type: 'session.ended', data: { id: 's', user_id: 'user_nobody' }, timestamp: Date.now() - (outstanding + 1) * 1000 };
  assert.equal((await deliver(old)).status, 200);
  assert.equal(await accountOf('user_nobody'), undefined, 'no token from before the event is still valid');
  assert.equal((await deliver({ type: 'session.ended', data: {} })).status, 400, 'the event names no user');
  assert.deepEqual(await accountOf('user_twice'), first);
});

test('an old event does not take back a newer revocation', async () => {
  await signIn('user_late');
  const ends = (timestamp) => deliver({ type: 'session.ended', data: { id: 's', user_id: 'user_late' }, timestamp });
  await ends(Date.now());
  const { validSince } = await accountOf('user_late');
  await ends(Date.now() - 100_000);
  assert.equal((await accountOf('user_late')).validSince, validSince);
});

test('the webhook accepts a service account of another project, which cannot sign in users here; the exchange does not', async () => {
  await secrets.create('hooks', serviceAccount('demo-hooks', { clerk_webhook_secret: signingSecret }).json);
  const alone = (name) => startFunction(name, {
    ...secrets.env, FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: auth.host,
    FIREBASE_SERVICE_ACCOUNT_SECRET: 'hooks', CLERK_ISSUER: issuer, CLERK_AUTHORIZED_PARTIES: party, CLERK_JWT_KEY: clerk.pem,
  });
  const webhook = await alone('clerk-webhook');
  const banned = { type: 'user.updated', data: { id: 'user_hooked', banned: true } };
  assert.equal((await deliver(banned, { url: webhook.url })).status, 200);
  assert.equal((await accountOf('user_hooked')).disabled, true);

  const exchanging = await alone('exchange-clerk-token');
  await exchanging.printed(/its field project_id is not the project of FIREBASE_PROJECT_ID/);
  const { status } = await post(exchanging.url, { data: { clerkToken: clerk.token() } });
  assert.equal(status, 503);
});
