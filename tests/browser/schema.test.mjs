// The schemas that the page gives to the library of its forms.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './lib/modules.mjs';

const { fitting, formOf, unfit } = await load('schema.js');
const text = { type: 'string' };
const number = { type: 'number', format: 'double' };
const struct = (properties, required = Object.keys(properties)) => ({ type: 'object', properties, required });
/** The titles of the variants, and where they stand. */
const titles = (form) => (form.oneOf ?? form.anyOf).map(({ title }) => title);

test('references lead to definitions, and formats are left out', () => {
  const form = formOf({ ...struct({ at: { $ref: '#/$defs/Point', description: 'Where.' } }), $schema: 'x', $defs: { Point: struct({ x: number }) } });
  assert.deepEqual(form.properties.at, { description: 'Where.', $ref: '#/definitions/Point' });
  assert.deepEqual(form.definitions.Point.properties.x, { type: 'number' });
  assert.equal(form.additionalProperties, false);
  assert.equal('$schema' in form, false);
});

test('an option is a choice between its type and no value', () => {
  assert.deepEqual(formOf({ type: ['string', 'null'], description: 'A name.' }), {
    description: 'A name.', oneOf: [{ type: 'string', title: 'text' }, { type: 'null', title: 'no value' }],
  });
  const form = formOf({ anyOf: [{ $ref: '#/$defs/Point' }, { type: 'null' }], $defs: { Point: struct({ x: number }) } });
  assert.deepEqual(titles(form), ['Point', 'no value']);
});

test('a tuple has its items, each with a value', () => {
  const form = formOf({ type: 'array', prefixItems: [text, number], minItems: 2, maxItems: 2 });
  assert.deepEqual(form, { type: 'array', items: [text, { default: 0, type: 'number' }], additionalItems: false, minItems: 2, maxItems: 2 });
});

test('maps take new members, structs do not', () => {
  assert.deepEqual(formOf({ type: 'object', additionalProperties: number }).additionalProperties, { type: 'number' });
  const numbered = formOf({ type: 'object', additionalProperties: false, patternProperties: { '^\\d+$': text } });
  assert.deepEqual([numbered.additionalProperties, numbered.options], [text, { disable_properties: false }]);
});

test('an enum of names is one list, with and without descriptions', () => {
  const form = formOf({ oneOf: [{ type: 'string', enum: ['B', 'C'] }, { type: 'string', const: 'A', description: 'x' }] });
  assert.deepEqual(form, { type: 'string', enum: ['B', 'C', 'A'] });
});

test('the variants of enums are titled by key, tag or type', () => {
  const outside = { oneOf: [{ type: 'string', enum: ['none', 'all'] }, { ...struct({ some: number }), additionalProperties: false }] };
  assert.deepEqual(titles(formOf(outside)), ['none', 'all', 'some']);
  const inside = {
    oneOf: [struct({ type: { const: 'out' } }), { ...struct({ type: { const: 'moved' } }), $ref: '#/$defs/Point' }],
    $defs: { Point: struct({ x: number }) },
  };
  const form = formOf(inside);
  assert.deepEqual(titles(form), ['out', 'moved']);
  const moved = form.oneOf[1];
  assert.deepEqual(moved.properties.x, { type: 'number' });
  assert.deepEqual(moved.properties.type, { type: 'string', enum: ['moved'], default: 'moved', options: { hidden: true } });
  assert.deepEqual(moved.required, ['type', 'x']);
  const loose = formOf({ anyOf: [number, text, { type: 'array', items: text }] });
  assert.deepEqual([titles(loose), 'anyOf' in loose], [['decimal number', 'text', 'list'], true]);
});

test('a recursive type begins with a variant that ends', () => {
  const node = { Node: struct({ next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } }, []) };
  const list = formOf({ $ref: '#/$defs/Node', $defs: node });
  assert.deepEqual(titles(list.definitions.Node.properties.next), ['no value', 'Node']);
  const only = (name, member) => ({ ...struct({ [name]: member }), additionalProperties: false });
  const both = { type: 'array', prefixItems: [{ $ref: '#/$defs/Term' }, { $ref: '#/$defs/Term' }], minItems: 2 };
  const term = { oneOf: [only('not', { $ref: '#/$defs/Term' }), only('and', both), only('is', number)] };
  assert.deepEqual(titles(formOf({ $ref: '#/$defs/Term', $defs: { Term: term } }).definitions.Term), ['is', 'not', 'and']);
});

test('any value can be entered where the type says nothing', () => {
  for (const schema of [true, {}, { description: 'x' }]) assert.equal(formOf(schema).type.length, 6);
});

test('after a change of the type, what still fits is kept', () => {
  const color = { $defs: { Color: { oneOf: [{ const: 'RED' }] } }, ...struct({ name: text, color: { $ref: '#/$defs/Color' }, list: { type: 'array', items: number } }) };
  const kept = fitting(color, { name: 'Ada', color: 'BLUE', list: [1, 'two'], gone: 1 });
  assert.deepEqual(kept, { name: 'Ada', list: [1] });
  assert.equal(fitting(text, 5), undefined);
  assert.equal(fitting({ type: ['string', 'null'] }, null), null);
  assert.deepEqual(fitting({ anyOf: [struct({ x: number }), struct({ x: number, y: number })] }, { x: 1, y: 2 }), { x: 1, y: 2 });
  assert.deepEqual(fitting(true, [1]), [1]);
});

test('wrong data has one value of another kind', () => {
  assert.deepEqual(unfit(struct({ text, n: number }), { text: 'a', n: 1 }), { text: 5, n: 1 });
  assert.deepEqual(unfit(struct({ n: number }), null), { n: 'wrong' });
  assert.deepEqual(unfit(struct({ p: { $ref: '#/$defs/Point' } }), {}), { p: 0 });
  assert.deepEqual([unfit(text, 'a'), unfit(number, 1), unfit({ type: 'null' }, null)], [0, 'wrong', 'wrong']);
  assert.deepEqual(unfit(undefined, 1), { wrong: 'wrong' });
});
