// P22 to P28: who gets a stream, its events and their bytes.

import { FIXED, all, chunk, events, header, last, lastError, lists, result, without } from '../lib/expect.mjs';
import { attested, bearer, call, post, row, streaming } from '../lib/requests.mjs';
import { CODES, DETAILS, ECHOED, OTHER_ACCEPTS } from '../lib/wire-values.mjs';

const stream = (data) => call('stream', data, streaming);
const nf = [404, 'NOT_FOUND', 'nf'];
const many = Array.from({ length: 50 }, (_, n) => ({ n }));
const two = { chunks: [1], result: 2 };
const failing = (data) => call('fail', data, streaming);
/** Between these two chunks the handler waits, so that they arrive in two reads. */
const SLOW = { chunks: [1, 2], pause: 500, result: 3 };

export default () => [
  row('P22.asked', 'A client that accepts exactly text/event-stream gets a stream', [
    ['exactly', stream(two), events(chunk(1), last(2))], ['with blanks around', call('stream', two, { accept: ' text/event-stream ' }), events(chunk(1), last(2))],
  ]),
  row('P22.not-asked', 'Any other Accept gets one result', OTHER_ACCEPTS.map((accept) => [accept, call('stream', two, { accept }), result(2)])),
  row('P22.handler', 'The handler sees who asked', [
    ['asked', call('who', null, streaming), events(last({ uid: null, claim: null, app: null, iid: null, streaming: true }))],
  ]),

  row('P23.events', 'A stream is its chunks and then the result', [
    ['two chunks', stream({ chunks: ['hello', 'world'], result: 'done' }), events(chunk('hello'), chunk('world'), last('done'))],
    ['chunks of every type', stream({ chunks: [1, null, { a: [] }, false, ''], result: { n: 1 } }), events(chunk(1), chunk(null), chunk({ a: [] }), chunk(false), chunk(''), last({ n: 1 }))],
    ['line ends in a chunk', stream({ chunks: ['é🦀\n\r\t'], result: null }), events(chunk('é🦀\n\r\t'), last(null))],
    ['fifty chunks', stream({ chunks: many, result: 50 }), events(...many.map(chunk), last(50))],
    ['a long chunk', stream({ chunks: ['x'.repeat(300_000)], result: 1 }), events(chunk('x'.repeat(300_000)), last(1))],
  ]),
  row('P23.one-by-one', 'A chunk arrives before the handler has ended', [
    ['two reads', stream(SLOW), all(events(chunk(1), chunk(2), last(3)), ({ pieces }) => (pieces > 1 ? undefined : 'the whole body arrived at once'))],
  ]),
  row('P23.error', 'An error after chunks is the last event', [
    ['chosen', stream({ chunks: ['one'], end: 'error' }), events(chunk('one'), lastError(nf, { a: 1 }))], ['without chunks', stream({ end: 'error' }), events(lastError(nf, { a: 1 }))],
  ]),
  row('P23.unexpected', 'An unexpected error after chunks is INTERNAL, as the last event', [
    ['thrown', stream({ chunks: ['one'], end: 'throw' }), all(events(chunk('one'), lastError(FIXED.internal)), without('secret'))],
    ['a result of NaN', call('nan', null, streaming), events(lastError(FIXED.internal))],
  ]),
  row('P23.codes', 'Each code arrives in an error event, with details', [
    ...CODES.map(([code, status, http]) => [code, failing({ code, message: 'm', details: { a: [1] } }), events(lastError([http, status, 'm'], { a: [1] }))]),
    ...DETAILS.map((details) => [JSON.stringify(details), failing({ code: 'aborted', message: '', details }), events(lastError([409, 'ABORTED', ''], details))]),
  ]),
  row('P23.refused', 'A call that is refused before its handler is an error event, too', [
    ['Bad Request', post('echo', '{}', streaming), events(lastError(FIXED.bad))],
    ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, { ...post('echo', '{"data":1}', streaming), method }, events(lastError(FIXED.bad))]),
    ['a bad token', call('who', null, { ...streaming, ...bearer('x') }), events(lastError(FIXED.unauthenticated))],
    ['App Check', call('enforced', null, { ...streaming, ...attested('x') }), events(lastError(FIXED.unauthenticated))],
    ['a policy', call('signedIn', null, streaming), events(lastError(FIXED.denied))],
  ]),
  row('P24.type', 'A stream says that it is one, and that it must not be kept', [
    ['headers', stream(two), all(lists('content-type', 'text/event-stream'), header('cache-control', 'no-cache'))],
  ]),
  row('P25.line-ends', 'U+2028, U+2029 and U+0085 are escaped in events', [
    ['a chunk', stream({ chunks: ['\u2028\u2029\u0085'], result: 1 }), all(events(chunk('\u2028\u2029\u0085'), last(1)), without('\u2028'), without('\u2029'), without('\u0085'))],
  ]),
  row('P28.unary', 'A client that did not ask for a stream gets the result alone', [
    ['chunks', call('stream', { chunks: many, result: 50 }), result(50)], ['an error', call('stream', { chunks: [1], end: 'throw' }), ({ status }) => (status === 500 ? undefined : `the HTTP status is ${status}`)],
  ]),
  row('P28.no-chunk', 'A callable that sends no chunk answers a streaming client with one event', [
    ...ECHOED.filter((json) => !/@type|__proto__|2028|"d":1/.test(json)).map((json) => [json, post('echo', `{"data":${json}}`, streaming), events(last(JSON.parse(json)))]),
    ['nothing', call('nothing', null, streaming), events(last(null))],
  ]),
];
