// The requests that are sent to both servers. `differs` names an entry of differences.mjs; `ours` is then our answer: a
// status, and a part of the body.

import {
  BEYOND_DOUBLES, CODES, DETAILS, ECHOED, MALFORMED, MEDIA_TYPES, NOT_WRAPPED, OTHER_ACCEPTS, OTHER_MEDIA_TYPES, PLACEHOLDER, REFUSED_ENVELOPES, SCALARS, UNKNOWN_TYPES, WRAPPED, int64,
} from '../conformance/lib/wire-values.mjs';

const json = { 'content-type': 'application/json' };
const origin = { origin: 'https://app.example' };
const stream = { accept: 'text/event-stream' };
const bad = { status: 400, body: '{"error":{"message":"Bad Request","status":"INVALID_ARGUMENT"}}' };
const unauthenticated = { status: 401, body: 'Unauthenticated' };

/** All cases; the arguments make their tokens. */
export function cases({ token, appToken, project, number, now }) {
  const all = [];
  const add = (name, request, more = {}) => {
    all.push({ name, request: { method: 'POST', path: '/echo', headers: { ...json, ...origin }, body: '{"data":null}', ...request }, ...more });
  };
  const posted = (name, body, more) => add(name, { body }, more);

  // Envelope
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
    add(`${method}`, { method });
    add(`${method}, streaming`, { method, headers: { ...json, ...origin, ...stream } });
  }
  for (const body of REFUSED_ENVELOPES) {
    posted(`refused ${body || '(empty)'}`, body);
  }
  for (const body of [...MALFORMED, ...SCALARS]) {
    posted(`framework ${JSON.stringify(body)}`, body, { differs: 'framework-body', ours: bad });
  }
  add('malformed, streaming', { body: '{', headers: { ...json, ...origin, ...stream } }, { differs: 'framework-body', ours: { status: 200, body: `data: ${bad.body}\n\n` } });
  for (const value of ECHOED) {
    posted(`echo ${value}`, `{"data":${value}}`);
    add(`echo ${value}, streaming`, { body: `{"data":${value}}`, headers: { ...json, ...origin, ...stream } }, /2028/.test(value) ? { differs: 'unicode-line-ends', ours: { status: 200, body: '\\u2028\\u0085' } } : {});
  }
  posted('data twice', '{"data":1,"data":2}');
  posted('an escaped name', '{"d\\u0061ta":3}');
  posted('white space', ' \r\n\t{ "data" : 1 } \n');
  posted('byte-order mark', '\ufeff{"data":1}');
  posted('nesting 200', `{"data":${'['.repeat(200)}${']'.repeat(200)}}`);
  posted('nesting 3000', `{"data":${'['.repeat(3000)}${']'.repeat(3000)}}`, { differs: 'data-decoding', ours: { status: 400, body: 'nested deeper' } });
  posted('a lone surrogate', '{"data":"\\ud800"}', { differs: 'lone-surrogate', ours: { status: 200, body: '{"result":"\ufffd"}' } });
  posted('2^53 + 1', '{"data":9007199254740993}', { differs: 'exact-numbers', ours: { status: 200, body: '9007199254740993' } });
  posted('overflow', '{"data":{"a":1e400}}', { differs: 'data-decoding', ours: { status: 400, body: 'data.a' } });
  add('not UTF-8', { body: Buffer.from([...Buffer.from('{"data":"'), 0xff, ...Buffer.from('"}')]) });

  // Wrappers
  for (const value of WRAPPED) {
    posted(`Int64 ${value}`, `{"data":{"a":[${int64(value)}]}}`);
    posted(`UInt64 ${value}`, `{"data":${int64(value, 'UInt64')}}`);
  }
  posted('Int64 beside', `{"data":${int64('"3","beside":{"@type":"x"}')}}`);
  for (const value of BEYOND_DOUBLES) {
    posted(`Int64 ${value}`, `{"data":${int64(value)}}`, { differs: 'exact-int64', ours: { status: 200, body: `{"result":${value.replaceAll('"', '')}}` } });
  }
  for (const value of NOT_WRAPPED) {
    posted(`Int64 ${value}`, `{"data":${int64(value)}}`, { differs: 'data-decoding', ours: { status: 400, body: 'without a number' } });
  }
  for (const type of UNKNOWN_TYPES) {
    posted(`@type ${type}`, `{"data":{"@type":${type},"value":"3"}}`, { differs: 'data-decoding', ours: { status: 400, body: 'an @type that is not known' } });
  }

  // Data that a policy would not see, and data that would take too much memory
  for (const data of ['{"$serde_json::private::RawValue":"{\\"a\\":1}"}', '[{"a":{"$serde_json::private::Number":"1"}}]']) {
    posted(`reserved ${data}`, `{"data":${data}}`, { differs: 'reserved-names', ours: { status: 400, body: 'a reserved name' } });
  }
  for (const data of ['{"a":1,"b":2,"a":3}', '{"a":{"@type":"x"},"a":1}', '{"a":1,"\\u0061":2}', '{"$":1,"$serde_json":2}', '["admin"]']) {
    posted(`one meaning ${data}`, `{"data":${data}}`);
  }
  posted('400,000 numbers', `{"data":[${'0,'.repeat(400_000)}0]}`, { differs: 'memory-budget', ours: { status: 400, body: 'more memory' } });

  // Content types
  for (const type of MEDIA_TYPES) {
    add(`type ${type}`, { headers: { ...origin, 'content-type': type } });
  }
  for (const type of OTHER_MEDIA_TYPES) {
    add(`type ${type}`, { headers: { ...origin, 'content-type': type } });
  }
  add('no type', { headers: { ...origin } });
  for (const charset of ['iso-8859-1', 'us-ascii']) {
    add(`charset ${charset}`, { headers: { ...origin, 'content-type': `application/json; charset=${charset}` } }, { differs: 'framework-body', ours: { status: 200, body: '{"result":null}' } });
  }
  add('unknown encoding', { headers: { ...json, ...origin, 'content-encoding': 'x' } }, { differs: 'framework-body', ours: bad });

  // Identity
  const auth = (value) => ({ path: '/who', headers: { ...json, ...origin, authorization: value } });
  add('signed out', { path: '/who' });
  add('signed in', auth(`Bearer ${token()}`));
  add('bearer', auth(`bearer ${token()}`));
  add('BEARER', auth(`BEARER ${token({ claim: 'x' })}`));
  add('empty authorization', auth(''));
  for (const value of ['Bearer', 'Basic x', 'x', `Bearer  ${token()}`, `Bearer:${token()}`, `Bearer${token()}`, `Beaver ${token()}`, token()]) add(`authorization ${value.slice(0, 12)}`, auth(value));
  add('two tokens, joined', auth(`Bearer ${token()}, Bearer ${token()}`));
  add('two headers', auth([`Bearer ${token()}`, `Bearer ${token()}`]), { differs: 'repeated-authorization', ours: unauthenticated });
  const bearer = (name, claims, header, more) => add(`token: ${name}`, auth(`Bearer ${token(claims, header)}`), more);
  bearer('custom claims', { claim: 'x', admin: true });
  bearer('sub of 128', { sub: 'x'.repeat(128) });
  bearer('sub of 129', { sub: 'x'.repeat(129) });
  bearer('sub empty', { sub: '' });
  bearer('sub missing', { sub: undefined });
  bearer('sub number', { sub: 5 });
  bearer('aud other', { aud: 'other' });
  bearer('aud list', { aud: [project] });
  bearer('iss other', { iss: 'https://securetoken.google.com/other' });
  bearer('expired', { exp: now - 1 });
  bearer('nbf future', { nbf: now + 9999 });
  bearer('no kid', {}, { kid: undefined });
  bearer('unknown kid', {}, { kid: 'other' });
  bearer('custom token', { aud: 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit' });
  bearer('session cookie', { iss: `https://session.firebase.google.com/${project}` });
  bearer('uid claim', { uid: 'admin' });
  bearer('iat 299 s ahead', { iat: now + 250 });
  for (const [name, claims, header] of [
    ['crit', {}, { crit: ['b64'] }], ['no exp', { exp: undefined }], ['no iat', { iat: undefined }],
    ['iat in the future', { iat: now + 999 }], ['auth_time in the future', { auth_time: now + 999 }], ['typ', {}, { typ: 'at+jwt' }],
  ]) bearer(name, claims, header, { differs: 'stricter-token', ours: unauthenticated });
  const good = token();
  const [head, payload, signature] = good.split('.');
  for (const [name, raw] of [
    ['cut', good.slice(0, -5)], ['four parts', `${good}.x`], ['two parts', `${head}.${payload}`], ['no signature', `${head}.${payload}.`], ['garbage', 'x'],
    ['other payload', `${head}.${token({ sub: 'admin' }).split('.')[1]}.${signature}`],
  ]) add(`token: ${name}`, auth(`Bearer ${raw}`));
  add('debug headers', { path: '/who', headers: { ...json, ...origin, 'x-callable-context-auth': '%7B%22uid%22%3A%22admin%22%7D', 'x-original-auth': `Bearer ${good}` } });
  add('instance id', { path: '/who', headers: { ...json, ...origin, 'firebase-instance-id-token': 'iid' } });
  add('empty instance id', { path: '/who', headers: { ...json, ...origin, 'firebase-instance-id-token': '' } });
  add('bad body beats bad token', { ...auth('Bearer x'), body: '{}' });
  add('bad token beats bad data', { ...auth('Bearer x'), body: '{"data":{"@type":"x"}}' });

  // App Check
  const app = (value, path = '/who') => ({ path, headers: { ...json, ...origin, 'x-firebase-appcheck': value } });
  for (const path of ['/who', '/enforced']) {
    add(`app check: none, ${path}`, { path });
    for (const [name, value] of [
      ['valid', appToken()], ['empty', ''], ['garbage', 'x'], ['placeholder', PLACEHOLDER],
      ['expired', appToken({ exp: now - 1 })], ['string aud', appToken({ aud: `projects/${project}` })], ['other project', appToken({ aud: ['projects/1', 'projects/other'] })],
      ['other issuer', appToken({ iss: 'https://evil.example/1' })], ['empty sub', appToken({ sub: '' })], ['unknown kid', appToken({}, { kid: 'other' })], ['an ID token', good],
    ]) add(`app check: ${name}, ${path}`, app(value, path));
  }
  for (const [name, value] of [['iss of another number', appToken({ iss: 'https://firebaseappcheck.googleapis.com/2' })], ['no iat', appToken({ iat: undefined })], ['aud without number', appToken({ aud: [`projects/${project}`] })]]) {
    add(`app check: ${name}`, app(value, '/enforced'), { differs: 'stricter-app-check', ours: unauthenticated });
  }
  add('both tokens', { path: '/enforced', headers: { ...json, ...origin, authorization: `Bearer ${good}`, 'x-firebase-appcheck': appToken() } });
  add('bad ID token, good App Check', { path: '/enforced', headers: { ...json, ...origin, authorization: 'Bearer x', 'x-firebase-appcheck': appToken() } });

  // Policies
  for (const path of ['/signedIn', '/withClaim']) {
    add(`policy signed out ${path}`, { path });
    add(`policy signed in ${path}`, { path, headers: { ...json, ...origin, authorization: `Bearer ${good}` } });
    add(`policy with claim ${path}`, { path, headers: { ...json, ...origin, authorization: `Bearer ${token({ claim: false })}` } });
    add(`policy streaming ${path}`, { path, headers: { ...json, ...origin, ...stream } });
  }

  // Errors
  const failing = (name, data, headers = {}) => add(`fail ${name}`, { path: '/fail', body: JSON.stringify({ data }), headers: { ...json, ...origin, ...headers } });
  for (const [code] of CODES) {
    failing(code, { code, message: 'm' });
    failing(`${code}, streaming`, { code, message: 'm', details: { a: [1] } }, stream);
  }
  for (const details of DETAILS) failing(`details ${JSON.stringify(details)}`, { code: 'aborted', message: '', details });
  failing('unknown code', { code: 'NOT_FOUND', message: 'm' });
  for (const path of ['/throw', '/nan', '/nothing']) {
    add(path, { path });
    add(`${path}, streaming`, { path, headers: { ...json, ...origin, ...stream } });
  }

  // Results that clients cannot decode
  const internal = '{"error":{"message":"INTERNAL","status":"INTERNAL"}}';
  for (const path of ['/typed', '/typedDetails']) {
    add(path, { path }, { differs: 'undecodable', ours: { status: 500, body: internal } });
    add(`${path}, streaming`, { path, headers: { ...json, ...origin, ...stream } }, { differs: 'undecodable', ours: { status: 200, body: `data: ${internal}` } });
  }
  posted('echo hasOwnProperty', '{"data":[{"hasOwnProperty":1}]}', { differs: 'undecodable', ours: { status: 500, body: internal } });

  // Streams
  for (const data of [
    {}, { chunks: ['hello', 'world'], result: 'done' }, { chunks: [1, null, { a: [] }, false, ''], result: { n: 1 } }, { chunks: ['é🦀\n\r\t'], result: null },
    { chunks: ['one'], end: 'error' }, { end: 'error' }, { chunks: ['one'], end: 'throw' }, { chunks: Array.from({ length: 50 }, (_, n) => ({ n })), result: 50 },
  ]) {
    const body = JSON.stringify({ data });
    add(`stream ${body.slice(0, 60)}`, { path: '/stream', body, headers: { ...json, ...origin, ...stream } });
    add(`unary stream ${body.slice(0, 60)}`, { path: '/stream', body });
  }
  for (const accept of [...OTHER_ACCEPTS, ' text/event-stream ']) {
    add(`accept ${accept}`, { path: '/stream', body: '{"data":{"chunks":[1],"result":2}}', headers: { ...json, ...origin, accept } });
  }
  add('streaming, bad token', { path: '/who', headers: { ...json, ...origin, ...stream, authorization: 'Bearer x' } });
  add('streaming, signed in', { path: '/who', headers: { ...json, ...origin, ...stream, authorization: `Bearer ${good}` } });

  // CORS
  for (const path of ['/echo', '/corsOff', '/corsStar', '/corsStarList', '/corsOne', '/corsTwo', '/corsEmpty', '/corsPattern']) {
    for (const from of ['https://app.example', 'https://other.example', 'https://a.example.com', 'https://APP.example', 'null', undefined]) {
      const headers = { ...json, ...(from ? { origin: from } : {}) };
      add(`cors ${path} from ${from}`, { path, headers });
      add(`cors error ${path} from ${from}`, { path, headers, body: '{}' });
      add(`preflight ${path} from ${from}`, {
        path, method: 'OPTIONS', body: '',
        headers: { ...(from ? { origin: from } : {}), 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      });
    }
    add(`bare preflight ${path}`, { path, method: 'OPTIONS', body: '', headers: {} });
    add(`preflight ${path}, streaming`, { path, method: 'OPTIONS', body: '', headers: { ...origin, ...stream } });
  }
  add('the emulator form of the path', { path: `/${project}/us-central1/echo` });
  return all;
}
