// P16 to P18: results and errors.

import { FIXED, all, either, failure, internal, lists, result, without } from '../lib/expect.mjs';
import { call, post, row } from '../lib/requests.mjs';
import { CODES, DETAILS } from '../lib/wire-values.mjs';

const failing = (data) => call('fail', data);

export default () => [
  row('P16.type', 'A result is JSON in UTF-8', [
    ['content type', call('echo', 'é🦀'), all(result('é🦀'), either(...['application/json', 'application/json; charset=utf-8'].map((type) => lists('content-type', type))))],
  ]),
  row('P16.nothing', 'A handler without a result answers null', [['nothing', call('nothing', null), result(null)]]),
  row('P16.nan', 'A result that JSON cannot hold is INTERNAL', [['NaN', call('nan', null), internal]]),

  row('P17.code', 'Each code has its status and its HTTP status', CODES.map(([code, status, http]) =>
    [code, failing({ code, message: 'm' }), failure(http, status, 'm')])),
  row('P17.details', 'Details arrive as they are', [{ a: [1] }, ...DETAILS.filter((details) => details !== null)].map((details) =>
    [JSON.stringify(details), failing({ code: 'aborted', message: '', details }), failure(409, 'ABORTED', '', details)])),
  row('P17.null-details', 'Details of null are sent as null', [['null', failing({ code: 'aborted', message: '', details: null }), failure(409, 'ABORTED', '', null)]]),
  row('P17.internal', 'A chosen code of internal keeps its message', [['internal', failing({ code: 'internal', message: 'chosen', details: 1 }), failure(500, 'INTERNAL', 'chosen', 1)]]),

  row('P18.hidden', 'Another error is INTERNAL, and its text does not leave the server', [['throw', call('throw', null), all(failure(...FIXED.internal), without('secret'))]]),
  row('P18.unknown-code', 'An error with an unknown code is INTERNAL', [['NOT_FOUND', failing({ code: 'NOT_FOUND', message: 'm' }), internal]]),
  row('P18.undecodable', 'A result is sent whether the SDKs can decode it or not', [
    ['hasOwnProperty', post('echo', '{"data":[{"hasOwnProperty":1}]}'), result([{ hasOwnProperty: 1 }])],
  ]),
];
