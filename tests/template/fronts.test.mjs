// Every template of docs/templates, with the real SDK in front and the release binaries behind: what the SDK sends
// arrives, and what the functions answer is what it reads.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { LOGGED } from '../bench/costs.mjs';
import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { freePort, root, stopAll } from '../lib/process.mjs';
import { client, failure, message } from '../sdk/lib/client.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';
import { startFront } from './lib/fronts.mjs';
import { transformed } from './lib/template.mjs';

const project = 'my-app';
const calls = 'returnAuthenticatedMessage';
const streams = 'streamAuthenticatedMessage';
const signedOut = message('The function must be called while authenticated');
const origin = 'https://app.example.com';

/** What each template has, and what its front answers to an unknown name. */
const fronts = {
  'cloudfront.yaml': { names: [calls, streams], unknown: 'not-found', readable: true },
  'function-url.yaml': { names: [streams], unknown: undefined },
  'http-api.yaml': { names: [calls], unknown: 'not-found', readable: false },
  'load-balancer.yaml': { names: [calls], unknown: 'not-found', readable: false, largest: 1 << 20 },
  'managed-instances.yaml': { names: [calls], unknown: 'not-found', readable: false, atOnce: 16 },
};

test('there is a row for every template', async () => {
  // tests/web-function has that of Web Functions.
  const files = (await readdir(path.join(root, 'docs/templates'))).filter((file) => file.endsWith('.yaml') && file !== 'web-function.yaml');
  assert.deepEqual(Object.keys(fronts), files.sort());
});

describe('fronts', () => {
  let identity;
  before(async () => {
    const emulator = await startAuthEmulator({ project, port: await freePort() });
    identity = await startReSigningFront(emulator.url);
  }, { timeout: 180_000 });
  after(async () => {
    await stopAll();
    await identity.stop();
  });

  for (const [file, { names, unknown, readable, largest, atOnce }] of Object.entries(fronts)) {
    describe(file, () => {
      let front;
      let app;
      before(async () => {
        const variables = { FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: identity.keys };
        front = await startFront(await transformed(`docs/templates/${file}`), variables);
        app = client({ project, auth: identity.url, functions: front.url });
      });
      after(async () => {
        await app.close();
        await front.stop();
      });
      const post = (url, headers, body = '{"data":{"text":"x"}}') =>
        fetch(front.url + url, { method: 'POST', headers: { 'content-type': 'application/json', origin, ...headers }, body });

      test('a call without a token, and one with a token', async () => {
        for (const name of names) {
          const error = await failure(app.call(name, { text: 'some message' }));
          assert.equal(error.code, 'functions/unauthenticated');
          assert.match(error.message, signedOut);
        }
        const user = await app.signIn.anonymous();
        for (const name of names) {
          const { message: text } = await app.call(name, { text: 'some message' });
          assert.equal(text, `Authenticated message 'some message' from user ${user.uid}.`);
        }
      });

      test(`a call logs at most ${LOGGED} bytes, for which tests/bench/costs.mjs counts`, async () => {
        await app.signIn.anonymous();
        const [runtime] = Object.values(front.runtimes);
        const before = runtime.output().length;
        await app.call(names[0], { text: 'some message' });
        const lines = await runtime.printed(before, /callable finished.*\n/);
        // Lambda's own request ids are longer than those here, and there is a trace id.
        const real = 'xrayTraceId'.length + 5 + 'Root=1-65f00000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0'.length + 27;
        assert.ok(lines.length + real <= LOGGED, lines);
      });

      test('a stream, also of a function that does not stream', async () => {
        const user = await app.signIn.anonymous();
        for (const name of names) {
          const { chunks, result } = await app.stream(name, { text: 'some message' });
          const text = `Authenticated message 'some message' from user ${user.uid}.`;
          assert.equal(result.message, text);
          assert.equal(chunks.length > 1, name === streams, `${chunks.length} chunks`);
        }
      });

      test('a preflight is answered by the function, once', async () => {
        for (const url of names.flatMap((name) => (file === 'function-url.yaml' ? [`/${name}`] : [`/${name}`, `/${project}/us-central1/${name}`]))) {
          const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
          const answer = await fetch(front.url + url, { method: 'OPTIONS', headers });
          assert.equal(answer.status, 204, url);
          assert.equal(answer.headers.get('access-control-allow-origin'), origin);
          assert.equal(answer.headers.get('access-control-allow-headers'), 'authorization,content-type');
          assert.equal(answer.headers.get('access-control-max-age'), '3600');
        }
      });

      test('a refused call is readable for a page, and nothing lets it be cached', async () => {
        const answer = await post(`/${names[0]}`, { authorization: 'Bearer forged' });
        assert.equal(answer.status, 401);
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        assert.equal(answer.headers.get('access-control-allow-credentials'), null);
      });

      if (unknown) {
        test(`an unknown name is ${unknown}${readable ? '' : ', which a page cannot read'}`, async () => {
          assert.equal((await failure(app.call('noSuchFunction', {}))).code, `functions/${unknown}`);
          const answer = await post('/noSuchFunction');
          assert.equal(answer.headers.has('access-control-allow-origin'), readable);
          const preflight = await fetch(`${front.url}/noSuchFunction`, { method: 'OPTIONS', headers: { origin, 'access-control-request-headers': 'authorization' } });
          assert.equal(preflight.status === 204 && preflight.headers.get('access-control-allow-headers') === 'authorization', readable);
          if (!readable) return;
          const streamed = await post('/a/b/noSuchFunction', { accept: 'text/event-stream' });
          assert.deepEqual([streamed.status, await streamed.text()], [200, 'data: {"error":{"message":"Not Found","status":"NOT_FOUND"}}\n\n']);
        });
      }

      if (largest) {
        test('a request that is too large gets a page of the front, and an answer that is too large a callable error', async () => {
          const { code } = await failure(app.call(names[0], { text: 'x'.repeat(largest) }));
          assert.match(code, /^functions\/(internal|unknown)$/);
          await app.signIn.anonymous();
          const quotes = '"'.repeat(largest / 4);
          assert.equal((await failure(app.call(names[0], { text: quotes }))).code, 'functions/internal');
        });
      }

      if (atOnce) {
        test(`the function polls ${atOnce} times at once, and answers as many calls`, async () => {
          const [runtime] = Object.values(front.runtimes);
          await runtime.polled(atOnce);
          const answers = await Promise.all(Array.from({ length: 4 * atOnce }, () => post(`/${names[0]}`)));
          assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
          await runtime.polled(atOnce);
          assert.equal(runtime.polls(), atOnce);
        });
      }
    });
  }
});
