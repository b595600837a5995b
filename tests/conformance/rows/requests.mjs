// P1 to P6: which requests are calls, what of a body may vary, and which failure counts first.

import { FIXED, accepted, all, bad, either, events, failure, lastError, noBody, readableFrom, result, status, unauthenticated } from '../lib/expect.mjs';
import { ORIGIN, bearer, call, json, post, request, row, streaming } from '../lib/requests.mjs';
import { MALFORMED, MEDIA_TYPES, OTHER_MEDIA_TYPES, REFUSED_ENVELOPES, SCALARS } from '../lib/wire-values.mjs';

const readable = (check) => all(check, readableFrom(ORIGIN));
const envelope = '{"data":1}';
const isEmpty = (body) => ['', '{}', '[]'].includes(body);

export default () => [
  row('P1.post', 'A POST of JSON with the member data alone is a call', [
    ['a number', call('echo', 1), result(1)],
    ['null', call('echo', null), result(null)],
  ]),
  row('P1.falsy', 'null, false, 0, "", [] and {} are data', [null, false, 0, '', [], {}].map((data) => [JSON.stringify(data), call('echo', data), result(data)])),
  row('P1.method', 'Another method is Bad Request', ['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, { ...post('echo', envelope), method }, bad])),
  row('P1.head', 'HEAD is Bad Request, without a body', [['HEAD', request('HEAD', 'echo', undefined, { origin: ORIGIN }), all(status(400), noBody)]]),
  row('P1.media-type', 'Another media type is Bad Request', [
    ...OTHER_MEDIA_TYPES.map((type) => [type, post('echo', envelope, { 'content-type': type }), bad]),
    ['none', post('echo', envelope, { 'content-type': undefined }), bad],
  ]),
  row('P1.media-type-form', 'The media type counts in any case, and its parameters do not', MEDIA_TYPES.map((type) => [type, post('echo', envelope, { 'content-type': type }), result(1)])),
  row('P1.empty', 'An empty body, {} and [] are Bad Request', REFUSED_ENVELOPES.filter(isEmpty).map((body) => [body || 'empty', post('echo', body), bad])),
  row('P1.envelope', 'A body without data, or with another member beside it, is Bad Request', REFUSED_ENVELOPES.filter((body) => !isEmpty(body)).map((body) => [body, post('echo', body), bad])),

  row('P2.twice', 'Of two members data, the last counts', [
    ['twice', post('echo', '{"data":1,"data":2}'), result(2)],
    ['an escaped name', post('echo', '{"d\\u0061ta":3}'), result(3)],
  ]),
  row('P2.space', 'White space around the tokens is allowed', [['all four', post('echo', ' \r\n\t{ "data" : 1 } \n'), result(1)]]),
  row('P2.mark', 'A byte-order mark is allowed', [['UTF-8', post('echo', `\ufeff${envelope}`), result(1)]]),
  row('P2.utf-8', 'A byte that is not UTF-8 becomes U+FFFD', [
    ['0xFF', post('echo', Buffer.from([...Buffer.from('{"data":"'), 0xff, ...Buffer.from('"}')])), result('\ufffd')],
  ]),

  row('P3.malformed', 'Malformed JSON is Bad Request, readable by a page', [
    ...MALFORMED.map((body) => [JSON.stringify(body), post('echo', body), readable(bad)]),
    ['100,000 open brackets', post('echo', `{"data":${'['.repeat(100_000)}`), readable(bad)],
  ]),
  row('P3.scalar', 'A body of one string, number, true or null is Bad Request, readable by a page', SCALARS.map((body) => [body, post('echo', body), readable(bad)])),
  row('P3.charset', 'Another charset gets an answer that a client can read', ['iso-8859-1', 'us-ascii'].map((charset) =>
    [charset, post('echo', envelope, { 'content-type': `application/json; charset=${charset}` }), readable(either(result(1), bad))])),
  row('P3.encoding', 'An unknown content encoding gets an answer that a client can read', [['x', post('echo', envelope, { 'content-encoding': 'x' }), readable(bad)]]),
  row('P3.stream', 'Malformed JSON of a streaming client is an error event', [['{', post('echo', '{', streaming), readable(events(lastError(FIXED.bad)))]]),

  row('P4.large', 'A body of 4 MiB is a call', [['a string', call('echo', 'x'.repeat(4 << 20)), result('x'.repeat(4 << 20))]]),
  row('P4.chunked', 'A body without a length is a call', [['chunked', post('echo', envelope, { 'transfer-encoding': 'chunked' }), result(1)]]),
  row('P5.query', 'A query in the URL is ignored', [['?x=1', { ...call('echo', 1), query: '?x=1' }, result(1)]]),
  row('P5.emulator', "The emulator's form of a URL reaches the callable, where one server has all", [['/project/region/name', { ...call('echo', 1), form: 'emulator' }, result(1)]]),
  row('P5.unknown', 'An unknown name is 404', [['missing', call('missing', null), status(404)]]),

  row('P6.body', 'A bad body counts before a bad token', [['both', post('who', '{}', bearer('x')), bad]]),
  row('P6.token', 'A bad token counts before bad data', [['both', post('who', '{"data":{"@type":"x"}}', bearer('x')), unauthenticated]]),
  row('P6.data', 'Bad data counts before the policy', [['both', post('signedIn', '{"data":{"@type":"x"}}'), either(failure(...FIXED.internal), notDenied)]]),
  row('P6.preflight', 'A preflight is answered before anything is checked', [['with a bad body', request('OPTIONS', 'who', '{', { ...json, ...bearer('x'), origin: ORIGIN }), accepted]]),
];

/** Refused for its data, with whatever code. */
function notDenied(answer) {
  return answer.status >= 400 && answer.status !== 403 ? undefined : `the HTTP status is ${answer.status}`;
}
