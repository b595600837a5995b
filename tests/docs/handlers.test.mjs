// The TypeScript of docs/handlers.md is run with errors as the Web SDK hands them to an app.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';

import { root } from '../lib/process.mjs';

const { transform } = createRequire(path.join(root, 'demo/package.json'))('esbuild');
const { FunctionsError } = createRequire(path.join(root, 'tests/sdk/package.json'))('@firebase/functions');

const document = await readFile(path.join(root, 'docs/handlers.md'), 'utf8');
const [, snippet] = document.match(/```ts\n(.*?)```/s);
const { code } = await transform(snippet, { loader: 'ts', format: 'esm' });
const { markInvalid } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

function marked(error) {
  const fields = [];
  markInvalid(error, (field, problem) => fields.push([field, problem]));
  return fields;
}

const first = { field: 'data.billTo', problem: 'is empty' };
const second = { field: 'data.items[1].name', problem: 'is too long' };

test('a form marks every field that a handler refuses', () => {
  const error = new FunctionsError('invalid-argument', 'data.billTo: is empty (and 1 more)', { ...first, fields: [first, second] });
  assert.deepEqual(marked(error), [['billTo', 'is empty'], ['items[1].name', 'is too long']]);
});

test('a form marks the one field that cannot be decoded', () => {
  assert.deepEqual(marked(new FunctionsError('invalid-argument', 'data.billTo: is empty', first)), [['billTo', 'is empty']]);
});

test('another error is thrown on', () => {
  const error = new FunctionsError('unavailable', 'try again');
  assert.throws(() => marked(error), (thrown) => thrown === error);
});
