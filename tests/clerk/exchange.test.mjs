// A whole sign-in through Clerk: a Clerk session, the release binary behind the Runtime API, its key in a simulated
// Secrets Manager, the real Firebase SDK and the real Auth emulator.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll, within } from '../lib/process.mjs';
import { client, failure } from '../sdk/lib/client.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';
import { signInWithCustomToken } from '../sdk/node_modules/@firebase/auth/dist/node-esm/index.js';
import { clerkInstance, issuer, party, serviceAccount } from './lib/clerk.mjs';
import { startLambda } from './lib/lambda.mjs';
import { startSecretsManager } from './lib/secrets-manager.mjs';

const project = 'my-app';
const audience = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit';
const secret = 'firebase/service-account';
const release = (name) => path.join(root, 'target/lambda', name, 'bootstrap');
const clerk = clerkInstance();
const key = serviceAccount(project);
let front;
let functions;

before(async () => {
  const [secrets, emulator] = await Promise.all([
    startSecretsManager(),
    freePort().then((port) => startAuthEmulator({ project, port })),
  ]);
  await secrets.create(secret, key.json);
  front = await startReSigningFront(emulator.url);
  functions = await startLambda({
    exchangeClerkToken: {
      binary: release('exchange-clerk-token'),
      env: {
        ...secrets.env,
        FIREBASE_PROJECT_ID: project,
        FIREBASE_ID_TOKEN_KEYS_URL: front.keys,
        FIREBASE_SERVICE_ACCOUNT_SECRET: secret,
        CLERK_ISSUER: issuer,
        CLERK_AUTHORIZED_PARTIES: party,
        CLERK_JWT_KEY: clerk.pem,
        ALLOWED_ORIGINS: `${party},https://admin.example.com`,
      },
    },
    returnAuthenticatedMessage: {
      binary: release('return-authenticated-message'),
      env: { FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: front.keys },
    },
  });
}, { timeout: 180_000 });

after(async () => {
  await functions?.stop();
  await stopAll();
  await front?.stop();
});

const open = () => client({ project, auth: front.url, functions: functions.url });
const post = (headers, body) =>
  within(30_000, 'an answer', fetch(`${functions.url}/exchangeClerkToken`, { method: 'POST', headers, body }));

test('a Clerk session becomes a Firebase user with the same id', async () => {
  const app = open();
  const { token, expiresIn } = await app.call('exchangeClerkToken', { clerkToken: clerk.token() });
  assert.equal(expiresIn, 60);

  // Verified by another library, since the Auth emulator does not check signatures.
  const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(key.publicKey)), alg: 'RS256' }] });
  const { payload, protectedHeader } = await jwtVerify(token, jwks, {
    algorithms: ['RS256'], audience, issuer: key.account.client_email, subject: key.account.client_email,
  });
  assert.deepEqual(protectedHeader, { alg: 'RS256', typ: 'JWT' });
  assert.deepEqual(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'sub', 'uid']);
  assert.equal(payload.uid, 'user_ada');
  assert.equal(payload.exp - payload.iat, 60);

  const { user } = await signInWithCustomToken(app.auth, token);
  assert.equal(user.uid, 'user_ada');
  const answer = await app.call('returnAuthenticatedMessage', { text: 'hello' });
  assert.equal(answer.message, "Authenticated message 'hello' from user user_ada.");

  // The SDK now attaches the ID token; the exchange ignores it, valid or not.
  const again = await app.call('exchangeClerkToken', { clerkToken: clerk.token({ sub: 'user_eve' }) });
  assert.equal((await signInWithCustomToken(app.auth, again.token)).user.uid, 'user_eve');
  await app.close();
});

test('a client without a Firebase SDK sends the session as a bearer token', async () => {
  const answer = await post({ authorization: `Bearer ${clerk.token()}` });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const { token, expiresIn, ...rest } = await answer.json();
  assert.deepEqual([expiresIn, rest], [60, {}]);
  assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).uid, 'user_ada');

  const refused = await post({ authorization: 'Bearer x' });
  assert.equal(refused.status, 401);
  assert.deepEqual(await refused.json(), { error: { message: 'Unauthenticated', status: 'UNAUTHENTICATED' } });
  assert.equal((await post({})).status, 400, 'a request without a body and without a token is not a call');
  assert.equal((await post({ authorization: `Basic ${clerk.token()}` })).status, 400);
});

/** Runs the README's `followClerk`, then `lines`, as a program of its own; resolves when it printed `expected`. */
async function follows(lines, expected) {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const snippet = readme.match(/```js\n([^]*?)```/g).find((text) => text.includes('followClerk')).slice(6, -3);
  assert.match(snippet, /10_000/);
  const here = snippet.replaceAll("'firebase/", "'@firebase/").replace('https://api.example.com', functions.url).replace('10_000', '100');
  const program = `
    import { initializeApp } from '@firebase/app';
    import { connectAuthEmulator } from '@firebase/auth';
    const app = initializeApp({ projectId: '${project}', apiKey: 'any' });
    connectAuthEmulator(getAuth(app), '${front.url}', { disableWarnings: true });
    ${here}
    let changed;
    followClerk({ addListener: (listener) => { changed = listener; } });
    ${lines}
    process.exit();`;
  const run = start(process.execPath, ['--input-type=module', '--eval', program], { cwd: path.join(root, 'tests/sdk') });
  await run.printed(expected, 30_000);
}

test("the README's snippet keeps Firebase signed in as the user of Clerk", () => follows(`
    const session = { getToken: async () => '${clerk.token()}' };
    await changed({ session, user: { id: 'user_ada' } });
    console.log('signed in as', getAuth(app).currentUser.uid);
    const call = httpsCallable(getFunctions(app, '${functions.url}'), 'returnAuthenticatedMessage');
    console.log((await call({ text: 'hello' })).data.message);
    session.getToken = () => { throw new Error('exchanged twice'); };
    await changed({ session, user: { id: 'user_ada' } });
    await changed({ session: null, user: null });
    console.log('signed in as', getAuth(app).currentUser);`,
/signed in as user_ada\nAuthenticated message 'hello' from user user_ada\.\nsigned in as null/));

test("the README's snippet tries again if a sign-in fails because a session has just ended, and after no other error", async () => {
  const accounts = (verb, body) => fetch(`${front.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts${verb}`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer owner' }, body: JSON.stringify(body),
  });
  const update = (change) => `
    await fetch('${front.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:update', {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
      body: JSON.stringify({ localId: 'user_soon', ...${change} }),
    });`;
  await accounts('', { localId: 'user_soon' });
  await follows(`
    ${update('{ validSince: String(Math.floor(Date.now() / 1000) + 3600) }')}
    let exchanged = 0;
    const session = {
      getToken: async () => {
        if ((exchanged += 1) === 3) { ${update('{ validSince: String(Math.floor(Date.now() / 1000)) }')} }
        return '${clerk.token({ sub: 'user_soon' })}';
      },
    };
    await changed({ session, user: { id: 'user_soon' } });
    console.log('signed in as', getAuth(app).currentUser.uid, 'after', exchanged);
    await getAuth(app).signOut();
    ${update('{ disableUser: true }')}
    console.log(await changed({ session, user: { id: 'user_soon' } }).catch(({ code }) => code));`,
  /signed in as user_soon after 3\nauth\/user-disabled/);
});

test('an exchange succeeds with an expired or forged ID token in the header', async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'u', auth_time: 1, iat: 1, exp: now - 60 };
  for (const old of [front.signClaims(claims), 'forged']) {
    const answer = await post(
      { authorization: `Bearer ${old}`, 'content-type': 'application/json' },
      JSON.stringify({ data: { clerkToken: clerk.token() } }),
    );
    assert.equal(answer.status, 200);
  }
});

test('the custom token is not accepted as an ID token, nor an ID token as a Clerk session', async () => {
  const app = open();
  const { token } = await app.call('exchangeClerkToken', { clerkToken: clerk.token() });
  const answer = await fetch(`${functions.url}/returnAuthenticatedMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"data":{"text":"x"}}',
  });
  assert.equal(answer.status, 401);
  const { user } = await signInWithCustomToken(app.auth, token);
  const error = await failure(app.call('exchangeClerkToken', { clerkToken: await user.getIdToken() }));
  assert.equal(error.code, 'functions/unauthenticated');
  await app.close();
});

test('only the listed origins may read the answer', async () => {
  const from = async (origin) =>
    (await post({ authorization: `Bearer ${clerk.token()}`, origin })).headers.get('access-control-allow-origin');
  assert.equal(await from(party), party);
  assert.equal(await from('https://admin.example.com'), 'https://admin.example.com');
  assert.equal(await from('https://evil.example'), null);
});

test('no token is in the log', () => {
  const log = functions.output('exchangeClerkToken');
  assert.match(log, /callable finished/);
  assert.doesNotMatch(log, /eyJ|PRIVATE/);
});
