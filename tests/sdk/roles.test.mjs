// Custom claims at the real Auth emulator: what a function sets is in the user's next token, and a policy admits by it.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { client, failure } from './lib/client.mjs';

const project = 'demo-roles';
let auth;
let setRole;
let publish;

async function startCallable(variables) {
  const server = start(path.join(root, 'target/debug/examples/roles'), [], {
    env: { FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: auth.host, PORT: '0', ...variables },
  });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  return `http://${address}`;
}

before(async () => {
  auth = await startAuthEmulator({ project, port: await freePort() });
  setRole = await startCallable({});
  publish = await startCallable({ FOR_EDITORS: '1' });
}, { timeout: 180_000 });

after(stopAll);

/** The stored claims of a user, asked of the emulator as an administrator. */
async function stored(localId, body) {
  const verb = body ? 'update' : 'lookup';
  const answer = await fetch(`${auth.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify(body ?? { localId: [localId] }),
  });
  assert.equal(answer.status, 200);
  const { users } = await answer.json();
  return users && JSON.parse(users[0].customAttributes ?? '{}');
}

test('a role that a function gives is in the next token, and the policy for editors admits its user', async () => {
  const [admin, editors] = [setRole, publish].map((functions) => client({ project, auth: auth.url, functions }));
  const user = await editors.signIn.email();
  await stored(user.uid, { localId: user.uid, customAttributes: '{"plan":"team","limit":9007199254740993}' });

  assert.equal((await failure(editors.call('publish', null))).code, 'functions/permission-denied');
  assert.equal(await admin.call('setRole', { user: user.uid, role: 'editor' }), null);
  assert.equal((await stored(user.uid)).plan, 'team');

  assert.equal((await failure(editors.call('publish', null))).code, 'functions/permission-denied', 'the old token');
  const { claims } = await user.getIdTokenResult(true);
  assert.equal(claims.role, 'editor');
  assert.equal(claims.plan, 'team');
  assert.equal(await editors.call('publish', null), user.uid);

  await admin.call('setRole', { user: user.uid, role: 'viewer' });
  await user.getIdToken(true);
  assert.equal((await failure(editors.call('publish', null))).code, 'functions/permission-denied');
  await Promise.all([admin.close(), editors.close()]);
});

test('a user who does not exist is not found', async () => {
  const admin = client({ project, auth: auth.url, functions: setRole });
  const error = await failure(admin.call('setRole', { user: 'nobody', role: 'editor' }));
  assert.equal(error.code, 'functions/not-found');
  await admin.close();
});
