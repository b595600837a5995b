// Code in the tables and sentences of the documents. Rust code must be part of a program that the suite compiles; code
// in the columns for Node must parse as JavaScript.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';

import { root } from '../lib/process.mjs';
import { cells, documents, prose, read, spans } from './lib/documents.mjs';

const { transform } = createRequire(path.join(root, 'demo/package.json'))('esbuild');

// Columns whose code is not this project's, or no longer is.
const foreign = ['Node', 'reference', 'old'];
// Its tables name items of other crates.
const ofOthers = ['docs/upstream.md'];
const rust = [
  /^\.[a-z_]+(\(.*\))?$/, // .option(of_a_callable)
  /^[a-z_]+\(.*\)$/, // a_function(…)
  /\b[A-Z]\w+::[a-z_]\w*/, // Type::function
  /^(request|auth|app)\.[a-z_]/, // members of a handler's request
  /^(CallableRequest|AuthData|AppCheckData|ChunkSender)</,
];
// Code with a comparison is a condition in Firebase's security rules.
const isRust = (code) => rust.some((form) => form.test(code)) && !code.includes(' == ');

// Text outside tables names the crate's own items for its developers: those compile where they are defined.
const inTables = documents.flatMap(cells);
const ofTables = inTables
  .filter(({ file, heading }) => !ofOthers.includes(file) && !foreign.includes(heading))
  .flatMap(({ file, cell }) => spans(cell).map((code) => ({ file, code })));
const forAuthors = ['README.md', 'docs/clerk.md', 'docs/faq.md', 'docs/migrating.md', 'docs/troubleshooting.md'];
const ofSentences = documents
  .filter(({ file }) => forAuthors.includes(file))
  .flatMap(({ file, text }) => spans(prose(text).replace(/^\|.*$/gm, '')).map((code) => ({ file, code })));
const snippets = [...ofTables, ...ofSentences].filter(({ code }) => isRust(code));

const bare = (text) => text.replace(/\/\/.*$/gm, '').replace(/\s+/g, '').replace(/,\)/g, ')');
const compiled = bare(read('tests/examples/document_snippets.rs'));
/** Finds `code` in the program: `…` is any arguments, a member without parentheses is not a method. */
function pattern(code) {
  const text = bare(code).split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^;]*?');
  return new RegExp(/^(request|auth|app)\.\w+$/.test(code) ? `${text}(?![\\w(])` : text);
}

test('there is Rust in the tables, and it is found', () => {
  assert.ok(ofTables.filter(({ code }) => isRust(code)).length > 40);
  assert.match(compiled, pattern('.cors(…)'));
  assert.doesNotMatch(compiled, pattern('request.headers'), 'it is a method');
});

for (const { file, code } of snippets) {
  test(`${file}: ${code} compiles`, () => assert.match(compiled, pattern(code), 'not in tests/examples/document_snippets.rs'));
}

const node = inTables.filter(({ heading }) => heading === 'Node').flatMap(({ file, cell }) => spans(cell).map((code) => ({ file, code })));

test('there is JavaScript in the tables', () => assert.ok(node.length > 20));

for (const { file, code } of node.filter(({ code }) => /[.:(]/.test(code))) {
  test(`${file}: ${code} is JavaScript`, async () => {
    const whole = code.replaceAll('…', '0');
    const forms = [`(${whole})`, `({ ${whole} })`];
    const outcomes = await Promise.allSettled(forms.map((form) => transform(form, { loader: 'js' })));
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'), outcomes[0].reason?.message);
  });
}
