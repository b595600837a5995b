// Values and headers in the forms that they have on the wire. The parity tests of this repository send the same.

/** An integer in the wrapper that the Android and iOS SDKs use; `value` is JSON. */
export const int64 = (value, type = 'Int64') => `{"@type":"type.googleapis.com/google.protobuf.${type}Value","value":${value}}`;

/** JSON that comes back as it was sent, to a client that reads numbers as JavaScript does. */
export const ECHOED = [
  'null', 'false', 'true', '0', '""', '[]', '{}', '1', '-1', '1.5', '-0', '1.0', '1e3', '1E-2', '0.1', '1e21', '123456789012345680000', '5e-324', '1.7976931348623157e308',
  '9007199254740991', '"é🦀"', '"\\u00e9\\ud83e\\udd80"', '"\\u2028\\u0085"', '"\\u0000\\b\\f\\n\\r\\t\\"\\\\\\/"', '"2020-01-01T00:00:00.000Z"',
  '{"b":1,"a":2}', '{"a":{"b":[1,{"c":null}]}}', '[null,false,[[]]]', '{"":1}', '{"a b":1,"é":2}', '{"@type":"","value":"3"}', '{"@type":null}', '{"@type":0}', '{"@type":false}',
  '{"__proto__":{"x":1},"a":1}', '{"data":{"data":1}}', '{"result":1,"error":2}', '{"d":1,"d":2}',
];

/** Values of a wrapper, which are read as JavaScript's `parseFloat` reads them. */
export const WRAPPED = ['"3"', '3', '" 7 "', '"1.5"', '"1e3"', '"12abc"', '"0x10"', '[5]', '"-4"', '"+5"', '".5"', '2.5', '"9007199254740991"'];
/** Integers that a double cannot hold. */
export const BEYOND_DOUBLES = ['"9007199254740993"', '"-9223372036854775808"', '"9223372036854775807"'];
export const NOT_WRAPPED = ['null', '""', '"abc"', 'true', '{}', '[]', '"Infinity"'];
/** Values of `@type` that no SDK sends. */
export const UNKNOWN_TYPES = ['"unknown"', '1', '{}', '[]', 'true'];

/** Envelopes without `data`, or with more than `data`. */
export const REFUSED_ENVELOPES = ['', '[]', '[{"data":1}]', '{}', '{"data":1,"other":2}', '{"data":1,"other":null}', '{"Data":1}', '{"other":1}', '{"data":1,"__proto__":{}}'];
export const MALFORMED = [' ', '{', '{"data":1}x', '{"data":NaN}', '{"data":1,}', "{'data':1}", '\f{"data":1}', '\u00a0{"data":1}'];
export const SCALARS = ['"text"', '5', 'true', 'null'];

export const MEDIA_TYPES = ['APPLICATION/JSON', 'Application/Json;Charset=UTF-8', 'application/json ; charset=utf-8', 'application/json; charset="utf-8"', 'application/json; profile=x', 'application/json;', 'application/json; foo'];
export const OTHER_MEDIA_TYPES = ['text/plain', 'text/json', 'application/jsonp', 'application/vnd.x+json', 'application/cloudevents+json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json, application/json'];

/** Every code of an error, with its status and its HTTP status. */
export const CODES = [
  ['cancelled', 'CANCELLED', 499], ['unknown', 'UNKNOWN', 500], ['invalid-argument', 'INVALID_ARGUMENT', 400], ['deadline-exceeded', 'DEADLINE_EXCEEDED', 504],
  ['not-found', 'NOT_FOUND', 404], ['already-exists', 'ALREADY_EXISTS', 409], ['permission-denied', 'PERMISSION_DENIED', 403], ['resource-exhausted', 'RESOURCE_EXHAUSTED', 429],
  ['failed-precondition', 'FAILED_PRECONDITION', 400], ['aborted', 'ABORTED', 409], ['out-of-range', 'OUT_OF_RANGE', 400], ['unimplemented', 'UNIMPLEMENTED', 501],
  ['internal', 'INTERNAL', 500], ['unavailable', 'UNAVAILABLE', 503], ['data-loss', 'DATA_LOSS', 500], ['unauthenticated', 'UNAUTHENTICATED', 401],
];
export const DETAILS = [null, false, 0, '', [], {}, { a: 1.5, b: 'é' }, 'text'];

/** Values of `Accept` that do not ask for a stream. */
export const OTHER_ACCEPTS = ['text/event-stream, */*', 'Text/Event-Stream', 'text/event-stream;q=1', '*/*'];
/** What the mobile SDKs send when they have no App Check token. */
export const PLACEHOLDER = 'eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==';
