// The lines that the page shows for apps.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './lib/modules.mjs';

const { dart, kotlin, swift, typescript } = await load('lines.js');
const data = { text: '\'"$\n\\', list: [null, {}], 'a-b': true };

test('each language calls with the input as its literal', () => {
  const call = { name: 'makeNote', data, stream: false, typed: true };
  assert.equal(typescript(call), String.raw`const result = await callables(functions).makeNote({ text: '\'"$\n\\', list: [null, {}], 'a-b': true });`);
  assert.equal(kotlin({ ...call, data: { text: data.text, list: [] } }), String.raw`val result = Firebase.functions.getHttpsCallable("makeNote").call(mapOf("text" to "'\"\$\n\\", "list" to emptyList<Any>())).await()`);
  assert.equal(dart(call), String.raw`final result = await FirebaseFunctions.instance.httpsCallable('makeNote').call({
  'text': '\'"\$\n\\',
  'list': [null, <String, dynamic>{}],
  'a-b': true,
});`);
  assert.equal(swift(call), String.raw`let result = try await Functions.functions().httpsCallable("makeNote").call([
  "text": "'\"$\n\\",
  "list": [NSNull(), [:] as [String: Any]] as [Any],
  "a-b": true,
] as [String: Any])`);
  assert.match(kotlin(call), /call\(mapOf\(\n {2}"text" to .*,\n {2}"list" to listOf\(null, emptyMap<String, Any>\(\)\),\n {2}"a-b" to true,\n\)\)\.await\(\)$/);
});

test('no data is no argument', () => {
  const call = { name: 'ping', data: null, stream: false, typed: true };
  assert.deepEqual([typescript, swift, kotlin, dart].map((lines) => lines(call).match(/\(\)(\.await\(\))?;?$/) !== null), [true, true, true, true]);
});

test('TypeScript reads chunks, and takes the SDK where there is no generated client', () => {
  const streamed = typescript({ name: 'tell', data: 1, stream: true, typed: true });
  assert.match(streamed, /^const \{ stream, data \} = await callables\(functions\)\.tell\.stream\(1\);\nfor await/);
  assert.equal(typescript({ name: 'tell', data: 1, stream: false, typed: false }), "const { data: result } = await httpsCallable(functions, 'tell')(1);");
});

test('the literals of JavaScript mean the data', () => {
  const odd = { a: 'line\u2028\u0000é😀', __proto__: null, nested: [[], { '': 1e21, b: -0.5 }] };
  const line = typescript({ name: 'x', data: JSON.parse(JSON.stringify(odd)), stream: false, typed: false });
  const [, literal] = line.match(/'x'\)\((.*)\);$/s);
  assert.deepEqual(new Function(`return ${literal}`)(), JSON.parse(JSON.stringify(odd)));
  const own = JSON.parse('{"__proto__":{"a":1}}');
  assert.match(typescript({ name: 'x', data: own, stream: false, typed: false }), /\{ \['__proto__'\]: \{ a: 1 \} \}/);
  assert.match(kotlin({ name: 'x', data: '\u0001', stream: false, typed: false }), /"\\u0001"/);
});
