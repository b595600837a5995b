// P20, P21: which pages may read an answer, and preflights.

import { accepted, all, bad, header, lists, noBody, readableFrom, result, status, unauthenticated } from '../lib/expect.mjs';
import { ORIGIN, bearer, call, json, post, request, row, streaming } from '../lib/requests.mjs';

const OTHER = 'https://other.example';
const from = (origin, callable = 'echo') => call(callable, null, { origin });
const allowed = (origin) => header('access-control-allow-origin', origin);
const preflight = (callable, origin) => request('OPTIONS', callable, undefined, {
  origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type',
});
const echoedIn = (check, origin = ORIGIN) => all(check, allowed(origin), lists('vary', 'origin'));

export default () => [
  row('P20.any', 'By default the origin is echoed, with Vary: Origin', [ORIGIN, OTHER, 'https://APP.example', 'null'].map((origin) => [origin, from(origin), echoedIn(result(null), origin)])),
  row('P20.none', 'Without an origin no page is allowed', [['no Origin', from(undefined), allowed(undefined)]]),
  row('P20.errors', 'On errors, too, the origin is echoed', [
    ['Bad Request', post('echo', '{}'), echoedIn(bad)], ['GET', { ...post('echo', ''), method: 'GET' }, echoedIn(bad)],
    ['Unauthenticated', call('echo', null, bearer('x')), echoedIn(unauthenticated)], ["the handler's", call('fail', { code: 'aborted', message: '' }), echoedIn(status(409))],
    ['an unexpected one', call('throw', null), echoedIn(status(500))],
  ]),
  row('P20.streams', 'On streams, too, the origin is echoed', [['result', call('echo', null, streaming), echoedIn(status(200))], ['error', call('throw', null, streaming), echoedIn(status(200))]]),
  row('P20.one', 'A single allowed origin is sent to everybody', [ORIGIN, OTHER, undefined].map((origin) => [String(origin), from(origin, 'corsOne'), all(result(null), allowed(ORIGIN))])),
  row('P20.list', 'Of a list of origins, the one that matches exactly is sent', [
    ...[ORIGIN, OTHER].map((origin) => [origin, from(origin, 'corsTwo'), echoedIn(result(null), origin)]),
    ...['https://APP.example', `${ORIGIN}/`, `${ORIGIN}.evil.example`, 'https://evil.example', 'null'].map((origin) => [origin, from(origin, 'corsTwo'), all(result(null), allowed(undefined))]),
  ]),
  row('P20.off', 'Without CORS no page is allowed', [['POST', from(ORIGIN, 'corsOff'), all(result(null), allowed(undefined))]]),
  row('P20.credentials', 'Credentials are never allowed', [
    ['POST', from(ORIGIN), header('access-control-allow-credentials', undefined)], ['OPTIONS', preflight('echo', ORIGIN), header('access-control-allow-credentials', undefined)],
  ]),

  row('P21.status', 'A preflight is 204 without a body', [['usual', preflight('echo', ORIGIN), all(status(204), noBody)]]),
  row('P21.allows', 'A preflight allows the origin, POST and the headers that it asks for', [
    ['usual', preflight('echo', ORIGIN), all(readableFrom(ORIGIN), lists('access-control-allow-methods', 'post'), lists('access-control-allow-headers', 'authorization', 'content-type'))],
  ]),
  row('P21.vary', 'A preflight varies with origin and headers', [['usual', preflight('echo', ORIGIN), lists('vary', 'access-control-request-headers', 'origin')]]),
  row('P21.bare', 'Any OPTIONS request is a preflight', [
    ['without headers', request('OPTIONS', 'echo', undefined), accepted], ['of a streaming client', request('OPTIONS', 'echo', undefined, { origin: ORIGIN, ...streaming }), all(accepted, noBody)],
  ]),
  row('P21.refused', 'A preflight of an origin that is not allowed is answered without allowing it', [['of a list', preflight('corsTwo', 'https://evil.example'), all(accepted, allowed(undefined))]]),
  row('P21.policy', 'A preflight needs no token', [['App Check enforced', preflight('enforced', ORIGIN), all(accepted, readableFrom(ORIGIN))]]),
  row('P21.off', 'Without CORS, OPTIONS is Bad Request', [['OPTIONS', request('OPTIONS', 'corsOff', undefined, { ...json, origin: ORIGIN }), all(bad, allowed(undefined))]]),
];
