// Local development: the real SDK, the real Auth emulator and the functions in `cargo callable run`, called by custom
// domain and by connectFunctionsEmulator.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { functions as declared, startLocal } from '../lib/local.mjs';
import { stopAll } from '../lib/process.mjs';
import { client, failure, message } from './lib/client.mjs';

const project = 'demo-app';
const name = 'returnAuthenticatedMessage';
const signedOut = 'The function must be called while authenticated';
let auth;
let functions;

before(async () => {
  functions = await startLocal();
  auth = functions.auth;
}, { timeout: 1_200_000 });

after(stopAll);

for (const viaEmulatorForm of [false, true]) {
  const how = viaEmulatorForm ? 'connectFunctionsEmulator' : 'a custom domain';
  const open = () => client({ project, auth: auth.url, functions: functions.url, viaEmulatorForm });

  describe(`through ${how}`, () => {
    for (const way of ['email', 'anonymous', 'custom']) {
      test(`a user signed in by ${way} gets the message`, async () => {
        const app = open();
        const user = await app.signIn[way]();
        const answer = await app.call(name, { text: `some "message" é🦀 by ${way}` });
        assert.deepEqual(answer, { message: `Authenticated message 'some "message" é🦀 by ${way}' from user ${user.uid}.` });
        await app.close();
      });
    }

    test('a caller who is signed out gets unauthenticated', async () => {
      const app = open();
      const error = await failure(app.call(name, { text: 'x' }));
      assert.equal(error.code, 'functions/unauthenticated');
      assert.match(error.message, message(signedOut));
      await app.close();
    });

    test('an unknown name is not found', async () => {
      const app = open();
      assert.equal((await failure(app.call('noSuchFunction', {}))).code, 'functions/not-found');
      await app.close();
    });

    test('after signing out, calls have no identity', async () => {
      const app = open();
      await app.signIn.anonymous();
      await app.call(name, { text: 'x' });
      await app.auth.signOut();
      assert.equal((await failure(app.call(name, { text: 'x' }))).code, 'functions/unauthenticated');
      await app.close();
    });

    test('data of another shape is an invalid argument that names its field', async () => {
      const app = open();
      await app.signIn.anonymous();
      const error = await failure(app.call(name, { text: 5 }));
      assert.equal(error.code, 'functions/invalid-argument');
      assert.deepEqual(error.details, { field: 'data.text', problem: 'expected a string, found a whole number' });
      await app.close();
    });

    test('stream() yields the result of a callable that does not stream', async () => {
      const app = open();
      const user = await app.signIn.anonymous();
      const { chunks, result } = await app.stream(name, { text: 'a\u2028b' });
      assert.deepEqual(chunks, []);
      assert.equal(result.message, `Authenticated message 'a\u2028b' from user ${user.uid}.`);
      await app.close();
    });

    test('stream() gets every word and then the whole sentence', async () => {
      const app = open();
      const user = await app.signIn.anonymous();
      const { chunks, times, result } = await app.stream('streamAuthenticatedMessage', { text: 'one two' });
      const pauses = times.slice(1).filter((at, index) => at - times[index] > 10);
      assert.ok(pauses.length >= 3, `each in its own time: ${times}`);
      const sentence = `Authenticated message 'one two' from user ${user.uid}.`;
      assert.deepEqual(chunks, sentence.split(' '));
      assert.deepEqual(result, { message: sentence });
      assert.deepEqual(await app.call('streamAuthenticatedMessage', { text: 'one two' }), { message: sentence });
      await app.close();
    });

    test('stream() fails with the error, and does not hang', async () => {
      const app = open();
      const error = await failure(app.stream(name, { text: 'x' }));
      assert.equal(error.code, 'functions/unauthenticated');
      await app.close();
    });
  });
}

test('the compat API gets the message, too', async () => {
  const { default: firebase } = await import('@firebase/app-compat');
  await import('@firebase/functions-compat');
  const app = firebase.initializeApp({ projectId: project, apiKey: 'any' }, 'compat');
  const error = await failure(app.functions(functions.url).httpsCallable(name)({ text: 'x' }));
  assert.equal(error.code, 'functions/unauthenticated');
  await app.delete();
});

test('the functions answer preflights themselves, and only once', async () => {
  const response = await fetch(`${functions.url}/${name}`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-headers': 'authorization,content-type' },
  });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.equal(response.headers.get('access-control-allow-headers'), 'authorization,content-type');
  assert.equal(response.headers.get('access-control-allow-credentials'), null);
});

test('a token of another project is refused', async () => {
  const claims = { aud: 'demo-other', iss: 'https://securetoken.google.com/demo-other', sub: 'u', iat: 1, exp: 4e9 };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
  const response = await fetch(`${functions.url}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"data":{"text":"x"}}',
  });
  assert.equal(response.status, 401);
  assert.deepEqual(await response.json(), { error: { message: 'Unauthenticated', status: 'UNAUTHENTICATED' } });
});

test('every function folder is served under its name', async () => {
  for (const { name } of declared().filter(({ kind }) => kind === 'callable')) {
    const response = await fetch(`${functions.url}/${name}`, { method: 'DELETE' });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.status, 'INVALID_ARGUMENT');
  }
});
