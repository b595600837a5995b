// The costs in docs/deploy.md are what the script makes of the measured figures and of AWS's prices.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { durations, prices, table, waiting } from '../bench/costs.mjs';
import { root } from '../lib/process.mjs';

const text = await readFile(path.join(root, 'docs/deploy.md'), 'utf8');

test('the table of costs stands in docs/deploy.md', async () => {
  const expected = await table();
  assert.ok(text.includes(`\n${expected}`), `make costs prints:\n${expected}`);
});

test('the milliseconds that are billed are those in docs/deploy.md', async () => {
  const { rest, url, cold } = await durations();
  assert.equal(rest, url, 'the sentence has one number for all fronts');
  assert.ok(text.replace(/\s+/g, ' ').includes(`waits 100 ms for a database adds $${waiting(100).toFixed(2)} to`));
  assert.ok(text.includes(`${url} ms for a warm call and ${cold} ms for one that starts an environment`), `${url} ms, ${cold} ms`);
});

test('each price has its page and its date', () => {
  for (const [name, { price, source, read }] of Object.entries(prices)) {
    assert.ok(price > 0, name);
    assert.match(source, /^https:\/\/aws\.amazon\.com\/[a-z0-9/-]+\/pricing\/(on-demand\/)?$/, name);
    assert.match(read, /^20\d\d(-\d\d){0,2}$/, name);
  }
});

test('docs/deploy.md has a row for every template of a front', async () => {
  const files = await readdir(path.join(root, 'docs/templates'));
  for (const file of files.filter((name) => name.endsWith('.yaml'))) {
    assert.match(text, new RegExp(`^\\| .*\\(templates/${file.replace('.', '\\.')}\\).* \\|$`, 'm'), file);
  }
});
