// The version stands in several places: all of them say the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { documents, listed, read } from './lib/documents.mjs';

const version = read('Cargo.toml').match(/^version = "([\d.]+)"$/m)[1];

test('the newest section of the changelog is of this version', () => {
  assert.equal(read('CHANGELOG.md').match(/^## (\d+\.\d+\.\d+)/m)[1], version);
});

test('workspaces, their dependencies and the template of projects name this version', () => {
  const measured = ['data', 'ours', 'web-function'].map((name) => `tests/bench/${name}/Cargo.toml`);
  const files = ['Cargo.toml', 'examples/notes/Cargo.toml', ...measured];
  for (const file of [...files, 'crates/cargo-callable/template/CargoLambda.toml']) {
    const found = [...read(file).matchAll(/^version = "(.*?)"|path = ".*", version = "(.*?)"|'version = "(.*?)"'/gm)];
    assert.ok(found.length > 0, file);
    for (const [line, ...versions] of found) assert.ok(versions.includes(version), `${file}: ${line}`);
  }
});

test('every document that shows how to depend on a crate names this version', () => {
  const [major, minor] = version.split('.');
  const lines = documents.filter(({ file }) => listed('*README.md').includes(file))
    .flatMap(({ text }) => [...text.matchAll(/^(?:firebase-callable|shared).*?"(\d+\.\d+)"/gm)]);
  assert.ok(lines.length >= 5, `${lines.length}`);
  for (const [line, found] of lines) assert.equal(found, `${major}.${minor}`, line);
});
