// Everything that the documents quote from the program exists there: log messages, fields, reasons, variables, stages,
// headings, versions.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cells, documents, headings, listed, passages, prose, read, source, spans } from './lib/documents.mjs';

const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);
const each = (find) => documents.flatMap((document) => find(document).map((found) => ({ file: document.file, found })));
/** Tests that `holds` is true of each. If fewer than `least` are found, the search itself is wrong. */
function check(what, least, found, holds) {
  test(what, () => {
    const names = found.map(({ file, found: name }) => `${file}: ${name}`);
    assert.ok(found.length >= least, `found only ${names.join('; ')}`);
    assert.deepEqual(names.filter((_, index) => !holds(found[index].found)), []);
  });
}

const literals = all(source, /"((?:[^"\\\n]|\\.)*)"/g);
const identifiers = new Set(all(source, /\b([A-Za-z_][A-Za-z0-9_]*)\b/g));
const reasons = new Set([
  ...all(read('shared/src/token/error.rs'), /^\s*[A-Z]\w+ => "(\w+)",$/gm),
  ...all(read('shared/src/callable/rejection.rs'), /^\s*Self::\S+ => "(\w+)",$/gm),
  ...all(read('shared/src/keys/verifier.rs'), /REASON: &str = "(\w+)"/g),
]);

const messages = ({ text }) => all(text, /message = "([^"]+)"/g);
const inLog = (document) => passages(document).filter((passage) => /\blog(s|ged)?\b/i.test(passage));
check('a query of the log asks for a message that is written', 2, each(messages), (name) => literals.includes(name));
check(
  'a message that a document says is in the log is written', 3,
  each((document) => inLog(document).flatMap(spans).filter((code) => /^(?!make |git |cargo )[a-z]+( [a-z]+)+$/.test(code))),
  (name) => literals.some((literal) => literal === name || literal.startsWith(`${name}:`)),
);
check(
  'a field of the record of calls is written', 8,
  each((document) => passages(document).filter((passage) => passage.includes('`callable finished`')).flatMap(spans)
    .filter((code) => /^[a-z]+(_[a-z]+)*$/.test(code))),
  (name) => identifiers.has(name),
);
check(
  'a field and its value in a column of the log are written', 6,
  each((document) => cells(document).filter(({ heading }) => heading === 'log').flatMap(({ cell }) => spans(cell))),
  (code) => {
    const [name, value] = code.includes(': ') ? code.split(': ') : ['auth_reason', code];
    if (!name.split('.').every((part) => identifiers.has(part))) return false;
    return value === '…' || (name.endsWith('_reason') ? reasons.has(value) : literals.includes(value));
  },
);
check(
  'a reason for which a token is refused is one of ours', 40,
  each((document) => cells(document).filter(({ heading, cell }) => /^(reason|refused as)$/.test(heading) && !cell.startsWith('passes')).flatMap(({ cell }) => spans(cell))),
  (name) => reasons.has(name),
);

const sources = listed('*.rs');
// Files of lambda_runtime, which docs/upstream.md names.
const ofLambdaRuntime = new Set(['src/runtime.rs', 'src/layers/api_client.rs']);
check(
  'a file of Rust that is named exists', 40,
  each(({ text }) => spans(prose(text)).filter((code) => /^[\w/-]+\.rs$/.test(code))),
  (name) => ofLambdaRuntime.has(name) || sources.some((file) => file === name || file.endsWith(`/${name}`)),
);

// Of the threat model: each of its claims names the test that shows it.
const tests = new Set(all(sources.map(read).join('\n'), /\bfn (\w+)\(/g));
check(
  'a test that the threat model names exists', 13,
  each((document) => document.file === 'docs/security.md' ? spans(document.text).filter((code) => /^[a-z]\w*(_\w+){4,}$/.test(code)) : []),
  (name) => tests.has(name),
);

const programs = [source, ...['template.yaml', 'Makefile', '.cargo/config.toml', 'tests/bench/src/main.rs'].map(read)].join('\n');
// Values of AWS and of browsers that look like variables, and a variable of the C library.
const theirs = new Set(['MALLOC_ARENA_MAX', 'RESPONSE_STREAM', 'ERR_CONNECTION_REFUSED', 'ERR_NAME_NOT_RESOLVED']);
check(
  'a variable exists', 30,
  each(({ text }) => spans(prose(text)).flatMap((code) => all(code, /(?<![\w./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g))),
  (name) => theirs.has(name) || programs.includes(name),
);

const stage = read('template.yaml').match(/^\s*StageName: (\w+)$/m)[1];
check('a stage of the gateway is the template’s', 2, each(({ text }) => all(text, /amazonaws\.com\/([\w-]+)/g)), (name) => name === stage);

check(
  'a heading that is quoted stands in its document', 2,
  each(({ file, text }) => [...text.replace(/\s+/g, ' ').matchAll(/"([A-Z][^"]*)" in \[[^\]]*\]\(([^)#]+)/g)].map(([, heading, target]) => {
    const folder = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/` : '';
    return `${heading} | ${folder}${target}`;
  })),
  (quoted) => {
    const [heading, target] = quoted.split(' | ');
    const document = documents.find(({ file }) => file === target);
    return document !== undefined && headings(document).includes(heading);
  },
);

const pinned = (folder) => JSON.parse(read(`${folder}/package.json`)).dependencies;
check(
  'a version of an SDK is the one that is tested', 4,
  each(({ text }) => [...text.replace(/\s+/g, ' ').matchAll(/`(@firebase\/[\w-]+)` (\d+\.\d+\.\d+)|(firebase-functions) (\d+\.\d+)\b/g)]
    .map(([, name, version, reference, minor]) => `${name ?? reference} ${version ?? minor}`)),
  (claim) => {
    const [name, version] = claim.split(' ');
    // The one in Python has the same name.
    const [, inPython] = read('tests/conformance/servers/python/requirements.txt').match(/^firebase-functions==(.*)$/m);
    const tested = [{ ...pinned('tests/sdk'), ...pinned('tests/parity') }[name], ...(name === 'firebase-functions' ? [inPython] : [])];
    return tested.some((known) => known === version || known?.startsWith(`${version}.`) === true);
  },
);
