// P7, P8, P10: how `data` is decoded, and bodies that are made to harm a server.

import { anyFailure, internal, result, resultText } from '../lib/expect.mjs';
import { call, post, row } from '../lib/requests.mjs';
import { BEYOND_DOUBLES, ECHOED, NOT_WRAPPED, UNKNOWN_TYPES, WRAPPED, int64 } from '../lib/wire-values.mjs';

const posted = (json) => post('echo', `{"data":${json}}`);
/** How JavaScript reads a value; JSON.parse keeps `__proto__` as a member, a server drops it. */
const read = (json) => JSON.parse(json, (name, value) => (name === '__proto__' ? undefined : value));
const number = (json) => parseFloat(String(JSON.parse(json)));
const plain = (value) => /^("-?\d+"|-?\d+)$/.test(value);
const WIDE = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`member ${index}`, index]));
const MANY = Array(400_001).fill(0);
const LONG = 'n'.repeat(1 << 20);
const nested = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const echoed = (cases) => cases.map((json) => [json, posted(json), result(read(json))]);
const still = ['a call after it', posted('"still here"'), result('still here')];

export default () => [
  row('P7.echo', 'JSON comes back as it was sent', echoed(ECHOED.filter((json) => !/@type|__proto__|"d":1/.test(json)))),
  row('P7.integer', '64-bit wrappers are numbers, at any depth', WRAPPED.filter(plain).flatMap((value) => [
    [`Int64 ${value}`, posted(`{"a":[${int64(value)}]}`), result({ a: [number(value)] })],
    [`UInt64 ${value}`, posted(int64(value, 'UInt64')), result(number(value))],
  ])),
  row('P7.parse-float', 'The value of a wrapper is read as parseFloat reads it', WRAPPED.filter((value) => !plain(value)).map((value) =>
    [value, posted(int64(value)), result(number(value))])),
  row('P7.beside', 'Other members of a wrapper are ignored', [['an object', posted(int64('"3","beside":{"@type":"x"}')), result(3)]]),
  row('P7.falsy-type', 'An object whose @type is "", null, 0 or false is not a wrapper', echoed(ECHOED.filter((json) => json.includes('@type')))),
  row('P7.rounded', '64-bit integers past 2^53 are rounded to a double', BEYOND_DOUBLES.map((value) =>
    [value, posted(int64(value)), resultText(JSON.stringify(Number(JSON.parse(value))))])),
  row('P7.plain-rounded', 'Plain integers past 2^53 are rounded to a double', [['2^53 + 1', posted('9007199254740993'), resultText('9007199254740992')]]),

  row('P8.type', 'Another @type is INTERNAL', UNKNOWN_TYPES.map((type) => [type, posted(`{"@type":${type},"value":"3"}`), internal])),
  row('P8.value', 'A wrapper without a number is INTERNAL', NOT_WRAPPED.map((value) => [value, posted(int64(value)), internal])),
  row('P8.overflow', 'A number past the range of a double is INTERNAL', [['1e400', posted('{"a":1e400}'), internal], ['400 digits', posted('9'.repeat(400)), internal], still]),
  row('P8.depth', '200 levels are a call', [['200', posted(nested(200)), result(JSON.parse(nested(200)))]]),
  row('P8.deep', '3,000 and 100,000 levels are an error of any code, and the server lives on', [
    ['3,000', posted(nested(3000)), anyFailure], still, ['100,000', posted(nested(100_000)), anyFailure], still,
  ]),
  row('P8.many', '400,000 numbers are a call', [['zeros', posted(JSON.stringify(MANY)), result(MANY)], still]),
  row('P8.wide', '20,000 members, and a name of 1 MiB, are a call', [
    ['members', call('echo', WIDE), result(WIDE)], ['a name', call('echo', { [LONG]: 1 }), result({ [LONG]: 1 })], still,
  ]),
  row('P8.escapes', 'A text of 200,000 escapes is a call', [['\\u0041', posted(`"${'\\u0041'.repeat(200_000)}"`), result('A'.repeat(200_000))], still]),
  row('P8.reserved', 'Members are data, whatever their name', [
    ['$', call('echo', { $: 1, constructor: 2, toString: 3 }), result({ $: 1, constructor: 2, toString: 3 })],
    ['of serde_json', call('echo', { '$serde_json::private::RawValue': '{"a":1}' }), result({ '$serde_json::private::RawValue': '{"a":1}' })],
  ]),

  row('P10.proto', 'A member __proto__ within data is dropped', echoed(ECHOED.filter((json) => json.includes('__proto__')))),
  row('P10.twice', 'Of two members with one name, the last counts', [
    ...echoed(['{"d":1,"d":2}', '{"a":1,"b":2,"a":3}', '{"a":1,"\\u0061":2}']),
    ['the first is no data', posted('{"a":{"@type":"x"},"a":1}'), result({ a: 1 })],
  ]),
  row('P10.surrogate', 'A lone surrogate is echoed', [['\\ud800', posted('"\\ud800"'), result('\ud800')]]),
];
