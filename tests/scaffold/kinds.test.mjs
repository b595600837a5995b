// Which folder is a callable, and its public name: the manifest declares both; comments have no effect.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

import { callables, functions, namesOf } from '../../scripts/functions.mjs';

let root;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'kinds-'));
  await writeFile(path.join(root, 'Cargo.toml'), '[workspace]\nresolver = "3"\nmembers = ["shared", "functions/*"]\n');
  await add('shared', '[package.metadata.function]\nkind = "callable"\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function add(folder, metadata, main = '') {
  const at = path.join(root, folder);
  await mkdir(path.join(at, 'src'), { recursive: true });
  await writeFile(path.join(at, 'Cargo.toml'), `[package]\nname = "${path.basename(folder)}"\nversion = "0.1.0"\nedition = "2024"\n${metadata}`);
  await writeFile(path.join(at, 'src/main.rs'), `${main}\nfn main() {}\n`);
}

test('a manifest decides, whatever the comments and the name say', async () => {
  await add('functions/send-invoice', '[package.metadata.function]\nkind = "callable"\n', '//! No words that anybody looks for.');
  await add('functions/payment-callable', '[package.metadata.function]\nkind = "http"\n', '//! `paymentCallable`: one callable, one binary.');
  await add('functions/stripe-webhook', '# kind = "callable"\n[package.metadata]\nfunction = { kind = "http" }\n');
  assert.deepEqual(await functions(root), [
    { ...namesOf('payment-callable'), kind: 'http' },
    { ...namesOf('send-invoice'), kind: 'callable' },
    { ...namesOf('stripe-webhook'), kind: 'http' },
  ]);
  assert.deepEqual((await callables(root)).map(({ name }) => name), ['sendInvoice']);
});

test('a function has one public name, one handler, one resource and two routes', () => {
  assert.deepEqual(namesOf('send-invoice'), {
    folder: 'send-invoice', name: 'sendInvoice', routes: ['/sendInvoice', '/{project}/{region}/sendInvoice'],
    handler: 'send_invoice', logicalId: 'SendInvoiceFunction',
  });
});

test('a manifest may declare another public name, and the routes follow it', async () => {
  await add('functions/send-invoice', '[package.metadata.function]\nkind = "callable"\nname = "send_invoice-V2"\n');
  const [{ name, routes, logicalId }] = await functions(root);
  assert.deepEqual([name, ...routes], ['send_invoice-V2', '/send_invoice-V2', '/{project}/{region}/send_invoice-V2']);
  assert.equal(logicalId, 'SendInvoiceFunction');
});

for (const name of ['""', '"a/b"', '"a b"', '"{a}"', '"2fast"', '"constructor\\n"', 'true', `"${'a'.repeat(64)}"`]) {
  test(`the public name ${name} is refused with a sentence that names the manifest`, async () => {
    await add('functions/send-invoice', `[package.metadata.function]\nkind = "callable"\nname = ${name}\n`);
    await assert.rejects(functions(root), /^Error: functions\/send-invoice\/Cargo\.toml declares a public name that cannot stand in a URL/);
  });
}

for (const [what, metadata] of [
  ['no metadata', ''],
  ['metadata of other tools only', '[package.metadata.lambda.deploy]\nmemory = 256\n'],
  ['a kind that does not exist', '[package.metadata.function]\nkind = "Callable"\n'],
  ['a kind that is not a string', '[package.metadata.function]\nkind = true\n'],
]) {
  test(`${what}: refused with a sentence that names the manifest`, async () => {
    await add('functions/send-invoice', metadata);
    await assert.rejects(callables(root), /^Error: functions\/send-invoice\/Cargo\.toml does not declare its kind: write kind = "callable" or "http"/);
  });
}
