// The expectations of the Web SDK's own test suite, and streams of every kind: the real SDK calls our conformance
// functions (tests/examples/conformance/) over plain HTTP. A hang is a failure.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import path from 'node:path';

import { deleteApp, initializeApp } from '@firebase/app';
import { CustomProvider, initializeAppCheck } from '@firebase/app-check';
import { Component } from '@firebase/component';
import { getFunctions, httpsCallable, httpsCallableFromURL } from '@firebase/functions';

import { root, start, stopAll, within } from '../lib/process.mjs';
import { failure, message } from './lib/client.mjs';

let url;

before(async () => {
  const server = start(path.join(root, 'target/debug/examples/conformance'), [], { env: {} });
  const [, address] = await server.printed(/listening on (127\.0\.0\.1:\d+)/);
  url = `http://${address}`;
}, { timeout: 60_000 });

after(stopAll);

let count = 0;

/** Runs `use` with the functions of a new app. */
async function withFunctions(use, prepare = () => {}) {
  const app = initializeApp({ projectId: 'functions-integration-test', apiKey: 'any', appId: '1:1:web:1' }, `c-${(count += 1)}`);
  try {
    prepare(app);
    const functions = getFunctions(app, url);
    const call = (name, data, options) => within(10_000, name, httpsCallable(functions, name, options)(data)).then((answer) => answer.data);
    const stream = async (name, data, options) => {
      const { stream: chunks, data: result } = await within(10_000, name, httpsCallable(functions, name).stream(data, options));
      result.catch(() => {});
      return { chunks, result };
    };
    return await use({ app, functions, call, stream });
  } finally {
    await deleteApp(app);
  }
}

/** Everything that a stream yields. */
async function all({ chunks, result }) {
  const seen = [];
  const read = async () => {
    for await (const chunk of chunks) seen.push(chunk);
    return result;
  };
  return { seen, result: await within(10_000, 'the stream', read()) };
}

const sample = { bool: true, int: 2, str: 'four', array: [5, 6], null: null };

test('simple data is sent and returned', () => withFunctions(async ({ call }) => {
  assert.deepEqual(await call('dataTestv2', sample), { message: 'stub response', code: 42, long: 420 });
  assert.equal(await call('scalarTestv2', 17), 76);
  assert.equal(await call('nullTestv2', null), null);
  assert.equal(await call('nullTestv2'), null);
  assert.deepEqual(await call('callTestv2'), { word: 'hellooo' });
  for (const name of ['onCall', 'oncallv2']) assert.equal(await call(name, 'foobar'), 'foobar');
}));

test('calls carry the ID token and the FCM token', async () => {
  const register = (name, value) => (app) => {
    app.container.addOrOverwriteComponent(new Component(name, () => value, 'PRIVATE'));
  };
  await withFunctions(
    async ({ call }) => assert.deepEqual(await call('tokenTestv2', {}), {}),
    register('auth-internal', { getToken: async () => ({ accessToken: 'token' }) }),
  );
  await withFunctions(async ({ call }) => {
    const error = await failure(call('tokenTestv2', {}));
    assert.equal(error.code, 'functions/internal');
  });
});

test('App Check tokens come through the real App Check component', async () => {
  const tokens = { count: 0 };
  const provider = new CustomProvider({
    getToken: async () => ({ token: `app-check-token-${(tokens.count += 1)}`, expireTimeMillis: Date.now() + 3_600_000 }),
  });
  await withFunctions(async ({ call }) => {
    assert.deepEqual(await call('appCheckTestv2', {}), { token: 'app-check-token-1' });
    assert.deepEqual(await call('appCheckTestv2', {}), { token: 'app-check-token-1' });
    const limited = await call('appCheckTestv2', {}, { limitedUseAppCheckTokens: true });
    assert.deepEqual(limited, { token: 'app-check-token-2' });
    // A callable that does not enforce App Check ignores an invalid token.
    assert.deepEqual(await call('who', {}), { uid: null, app: null, iid: null });
    assert.equal((await failure(call('whoEnforced', {}))).code, 'functions/unauthenticated');
  }, (app) => initializeAppCheck(app, { provider }));
});

test('errors arrive as the Web SDK expects them', () => withFunctions(async ({ call }) => {
  const cases = [
    ['missingResultTestv2', null, 'internal', 'Response is missing data field.'],
    ['unhandledErrorTestv2', {}, 'internal', undefined],
    ['unknownErrorTestv2', {}, 'internal', 'Unknown backend error status: THIS_IS_NOT_VALID'],
    ['explicitErrorTestv2', {}, 'out-of-range', 'explicit nope', { start: 10, end: 20, long: 30 }],
    ['httpErrorTestv2', {}, 'invalid-argument', undefined],
    ['throwTest', {}, 'invalid-argument', 'Invalid test requested.'],
    ['nonexistentFunction', {}, 'not-found', undefined],
  ];
  for (const [name, data, code, text, details] of cases) {
    const error = await failure(call(name, data));
    assert.equal(error.code, `functions/${code}`, name);
    if (text) assert.match(error.message, message(text), name);
    assert.deepEqual(error.details, details, name);
  }
}));

test('a call that takes too long is deadline-exceeded', () => withFunctions(async ({ call }) => {
  assert.equal((await failure(call('timeoutTestv2', {}, { timeout: 10 }))).code, 'functions/deadline-exceeded');
}));

test('a callable is found by its URL, too', () => withFunctions(async ({ functions }) => {
  const echo = httpsCallableFromURL(functions, `${url}/any/path/onCall?x=1`);
  assert.equal((await within(10_000, 'onCall', echo('x'))).data, 'x');
}));

test('64-bit numbers of the server arrive as numbers', () => withFunctions(async ({ call }) => {
  assert.equal(await call('onCall', 2 ** 53), 2 ** 53);
  const wrapped = { '@type': 'type.googleapis.com/google.protobuf.Int64Value', value: '42' };
  assert.equal(await call('onCall', wrapped), 42);
}));

test('chunks arrive one by one, each in its own time', () => withFunctions(async ({ stream }) => {
  const { chunks, result } = await stream('genStream', {});
  const seen = [];
  let settled = false;
  result.then(() => { settled = true; });
  for await (const chunk of chunks) {
    assert.equal(settled, false, 'the result comes last');
    seen.push([chunk, performance.now()]);
  }
  assert.deepEqual(seen.map(([chunk]) => chunk), ['hello', 'world', 'this', 'is', 'cool']);
  assert.ok(new Set(seen.map(([, at]) => Math.floor(at / 20))).size >= 3, 'not all at once');
  assert.equal(await within(10_000, 'the result', result), 'hello world this is cool');
}));

test('streams of every kind end as they should', () => withFunctions(async ({ stream }) => {
  const cases = [
    ['genStreamWeather', [{ name: 'Toronto' }, { name: 'London' }], 2, (result) => assert.equal(result.forecasts[0].temperature, 25)],
    ['genStreamWeather', { data: [{ name: 'Dubai' }] }, 1, (result) => assert.equal(result.forecasts[0].conditions, 'sunny')],
    ['genStreamEmpty', {}, 0, (result) => assert.equal(result, null)],
    ['genStreamResultOnly', {}, 0, (result) => assert.equal(result, 'Only a result')],
    ['genStreamLargeData', {}, 10, (result) => assert.equal(result, 'Stream Completed')],
    ['listfruits2ndgen', {}, 6, (result) => assert.equal(result[5], 'Grapes')],
    ['testStream', null, 1, (result) => assert.equal(result, null)],
    ['testStream', { a: 1 }, 1, (result) => assert.deepEqual(result, [{ a: 1 }])],
    ['testStreamResponse', {}, 3, (result) => assert.deepEqual(result, ['Apple', 'Mango', 'Banana'])],
    ['testFunctionTimeout', { testTimeout: '1' }, 1, (result) => assert.equal(result, null)],
  ];
  for (const [name, data, chunks, check] of cases) {
    const { seen, result } = await all(await stream(name, data));
    assert.equal(seen.length, chunks, name);
    check(result);
  }
}));

test('thousands of chunks arrive, with any content', () => withFunctions(async ({ stream }) => {
  const { seen, result } = await all(await stream('echoEach', { times: 5000, chunk: 'é🦀\u2028\u2029\u0085\r\n"' }));
  assert.equal(seen.length, 5000);
  assert.ok(seen.every((chunk) => chunk === 'é🦀\u2028\u2029\u0085\r\n"'));
  assert.equal(result, 5000);
}));

test('a long chunk arrives in one piece', () => withFunctions(async ({ stream }) => {
  const { seen, result } = await all(await stream('echoEach', { times: 2, chunk: 'x'.repeat(3_000_000) }));
  assert.deepEqual(seen.map((chunk) => chunk.length), [3_000_000, 3_000_000]);
  assert.equal(result, 2);
}));

test('errors of a stream reach both the iterator and the result', () => withFunctions(async ({ stream }) => {
  for (const [name, data, code] of [['genStreamError', {}, 'internal'], ['throwTest', {}, 'invalid-argument'], ['testFunctionTimeout', {}, 'invalid-argument'], ['whoEnforced', {}, 'unauthenticated']]) {
    const opened = await stream(name, data);
    assert.equal((await failure(all(opened))).code, `functions/${code}`, name);
    assert.equal((await failure(opened.result)).code, `functions/${code}`, name);
  }
}));

// Values at which the SDK's decoder throws, and our server's answer instead.
const undecodable = () => [
  '{"@type":"x"}', '[{"a":{"@type":"type.googleapis.com/google.rpc.BadRequest"}}]', '{"@type":1}', '{"@type":[]}',
  '{"hasOwnProperty":1}', '{"a":{"hasOwnProperty":null}}', JSON.stringify(long('abc')), JSON.stringify(long({})),
  '{"@type":"type.googleapis.com/google.protobuf.Int64Value"}',
];

test('a result, a chunk or details that the SDK cannot decode is answered as internal', () => withFunctions(async ({ call, stream }) => {
  for (const json of undecodable()) {
    for (const as of ['result', 'chunk', 'details']) {
      const what = `${as} ${json}`;
      // A client that asks for no stream gets no chunk.
      if (as === 'chunk') assert.equal(await call('say', { as, json }), 'sent', what);
      else assert.equal((await failure(call('say', { as, json }))).code, 'functions/internal', what);
      const opened = await stream('say', { as, json });
      assert.equal((await failure(all(opened))).code, 'functions/internal', what);
      assert.equal((await failure(within(10_000, what, opened.result))).code, 'functions/internal', what);
    }
  }
}));

test('the SDK does throw at these values, with an error that has no code', () => withFunctions(async ({ functions }) => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(`{"result":${decodeURIComponent(request.url.slice(1))}}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const call = (json) => httpsCallableFromURL(functions, `http://127.0.0.1:${server.address().port}/${encodeURIComponent(json)}`)();
    for (const json of undecodable()) assert.equal((await failure(within(10_000, json, call(json)))).code, undefined, json);
    assert.equal((await within(10_000, 'a wrapper', call(JSON.stringify(long('30'))))).data, 30);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}));

test('values that the SDK can decode arrive: an @type that is false, a wrapper', () => withFunctions(async ({ call, stream }) => {
  const cases = [
    ['{"@type":"","a":[1]}', { '@type': '', a: [1] }], ['{"@type":null}', { '@type': null }], ['{"@type":0}', { '@type': 0 }],
    ['{"@type":false}', { '@type': false }], ['["@type","hasOwnProperty"]', ['@type', 'hasOwnProperty']],
    [JSON.stringify({ a: long('-30'), b: [long(31)], c: long('32', 'UInt64') }), { a: -30, b: [31], c: 32 }],
  ];
  for (const [json, value] of cases) {
    assert.deepEqual(await call('say', { as: 'result', json }), value, json);
    const error = await failure(call('say', { as: 'details', json }));
    assert.equal(error.code, 'functions/not-found', json);
    assert.deepEqual(error.details, value, json);
    assert.deepEqual(await all(await stream('say', { as: 'chunk', json })), { seen: [value], result: 'sent' }, json);
    assert.deepEqual(await all(await stream('say', { as: 'result', json })), { seen: [], result: value }, json);
  }
}));

test('a stream that is aborted ends', () => withFunctions(async ({ stream }) => {
  const abort = new AbortController();
  const opened = await stream('genStream', {}, { signal: abort.signal });
  const read = async () => {
    for await (const chunk of opened.chunks) {
      assert.equal(chunk, 'hello');
      abort.abort();
    }
  };
  await failure(within(10_000, 'the end', read()));
  assert.equal((await failure(opened.result)).code, 'functions/cancelled');
}));

test('every type that Flutter sends comes back as it was', () => withFunctions(async ({ call }) => {
  const map = { number: 1234, string: 'acde', boolean: true, null: null };
  for (const [data, kind] of [['x', 'string'], [1, 'number'], [true, 'boolean'], [null, 'null'], [[], 'array']]) {
    assert.equal(await call('testFunctionDefaultRegion', data), kind);
  }
  assert.deepEqual(await call('testFunctionDefaultRegion', { type: 'map', inputData: map }), map);
  assert.deepEqual(await call('testFunctionDefaultRegion', { type: 'list', inputData: [1234, 'acde', true, null] }), [1234, 'acde', true, null]);
  const raw = { type: 'rawData', a: [1, { b: null }] };
  assert.deepEqual(await call('testFunctionDefaultRegion', raw), raw);
  const error = await failure(call('testFunctionDefaultRegion', { type: 'map', inputData: map, asError: true }));
  assert.equal(error.code, 'functions/cancelled');
  assert.deepEqual(error.details, map);
  assert.equal((await failure(call('testFunctionDefaultRegion', { type: 'unknown' }))).code, 'functions/invalid-argument');
  assert.equal((await failure(call('testFunctionDefaultRegion', { type: 'map', inputData: {} }))).code, 'functions/invalid-argument');
}));

// Requests as the Android and iOS SDKs write them, from their sources.
const long = (value, type = 'Int64') => ({ '@type': `type.googleapis.com/google.protobuf.${type}Value`, value });

test('requests of the mobile SDKs are understood', async () => {
  const post = async (name, headers, body) => {
    const response = await fetch(`${url}/${name}`, { method: 'POST', headers, body });
    return { status: response.status, body: await response.json() };
  };
  const android = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'okhttp/3.12.13', 'accept-encoding': 'gzip' };
  const wrapped = JSON.stringify({ data: { a: long('1'), b: [long('-9223372036854775808')], c: 2.5 } });
  assert.deepEqual((await post('onCall', android, wrapped)).body.result.a, 1);
  const ios = { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'app/1 CFNetwork/1410 Darwin/22' };
  const escaped = `{"data":{"path":"a\\/b","n":${JSON.stringify(long('18446744073709551615', 'UInt64'))}}}`;
  assert.deepEqual((await post('onCall', ios, escaped)).body.result.path, 'a/b');
  const placeholder = { ...ios, 'x-firebase-appcheck': 'eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==' };
  assert.equal((await post('who', placeholder, '{"data":null}')).status, 200);
  assert.equal((await post('whoEnforced', placeholder, '{"data":null}')).status, 401);
});
