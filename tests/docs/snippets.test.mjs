// JavaScript, TypeScript and shell blocks of the documents: every block is valid, and imports only what the SDKs export.
// (Rust blocks are compiled by the documentation tests of the crates, and by tests/it/handlers.rs.)

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { root } from '../lib/process.mjs';

const require = createRequire(path.join(root, 'demo/package.json'));
const { transform } = require('esbuild');
// Apps import from the umbrella package firebase/…; its parts are installed here.
const homes = { 'firebase/': 'tests/sdk', 'firebase-functions/': 'tests/parity' };

const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const found = (await Promise.all(documents.map(async (document) => {
  const text = await readFile(path.join(root, document), 'utf8');
  return [...text.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, code], index) => ({ name: `${document}, block ${index + 1}`, language, code }));
}))).flat();
const blocksOf = (wanted) => found.filter(({ language }) => language === wanted);

test('there are snippets to look at', () => assert.ok(blocksOf('js').length >= 6 && blocksOf('sh').length >= 6));

for (const { name, code } of blocksOf('sh')) {
  test(`${name} is a script that a shell can read`, () => {
    execFileSync('sh', ['-n'], { input: code });
  });
}

for (const { name, language, code } of [...blocksOf('js'), ...blocksOf('ts')]) {
  test(`${name} is valid, and what it imports exists`, async () => {
    await transform(code, { loader: language, format: 'esm' });
    for (const [, names, module] of code.matchAll(/(?:import|const) \{ ([^}]*) \} (?:from|= require\() ?'(firebase[^']*)'/g)) {
      const home = Object.keys(homes).find((prefix) => module.startsWith(prefix));
      if (!home) continue;
      const at = createRequire(path.join(root, homes[home], 'package.json'));
      const exported = await import(pathToFileURL(at.resolve(module.replace(/^firebase\//, '@firebase/'))));
      for (const name of names.split(',').map((word) => word.trim().split(' as ')[0])) {
        assert.ok(name in exported || name in (exported.default ?? {}), `${module} has no ${name}`);
      }
    }
  });
}
