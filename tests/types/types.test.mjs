// The clients that `cargo callable types` writes: TypeScript by its compiler and the real SDK, Kotlin by its compiler.
// `clients/` holds what it writes for `functions/every-type`, which has one member for each kind of type.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startAuthEmulator } from '../lib/auth-emulator.mjs';
import { target, tool } from '../lib/local.mjs';
import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';
import { run } from '../tool/lib/tool.mjs';
import { everything } from './lib/everything.mjs';
import { noKotlin, roundTrip } from './lib/kotlin.mjs';
import { tsc, compiled, sdk } from './lib/typescript.mjs';

const home = path.join(root, 'tests/types');
const { MAKEFLAGS, MFLAGS, MAKELEVEL, NODE_TEST_CONTEXT, ...inherited } = process.env;
const env = { ...inherited, CARGO_TARGET_DIR: target };
const types = (cwd, ...words) => run(tool, ['types', ...words], { cwd, env });

let url;
let folder;
let clients;

before(async () => {
  const checked = await types(home, '--check');
  assert.equal(checked.code, 0, checked.output);
  folder = await mkdtemp(path.join(os.tmpdir(), 'types-'));
  clients = await compiled(path.join(home, 'web'));
  const server = start(path.join(target, 'debug/every-type'), [], { env: { FIREBASE_PROJECT_ID: 'my-app', PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  url = `http://${address}`;
}, { timeout: 900_000 });

after(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

test('what is committed is what the code says', async () => {
  const env = { ...inherited, CARGO_TARGET_DIR: target, CLERK_ISSUER: 'https://clerk.example.com', CLERK_AUTHORIZED_PARTIES: 'https://app.example.com' };
  const checked = await run(tool, ['types', '--check'], { cwd: root, env });
  assert.equal(checked.code, 0, checked.output);
});

test('a program of a local run has its contract, which tests/it looks for in release binaries', async () => {
  const program = await readFile(path.join(target, 'debug/every-type'));
  for (const text of ['--contract', 'json-schema.org', 'x-callable-type']) assert.ok(program.includes(text), text);
});

test('the table of docs/types.md is what is written', async () => {
  const read = (file) => readFile(path.join(root, file), 'utf8');
  const table = (await read('docs/types.md')).split('## What becomes of a type')[1].split('\n\n')[1];
  const rows = table.split('\n').slice(2).map((row) => row.replaceAll('\\|', '\0').split('|').slice(1, -1));
  const [rust, ...written] = await Promise.all(['functions/every-type/src/types.rs', 'clients/callables.ts', 'clients/Callables.swift', 'clients/Callables.kt', 'clients/callables.dart']
    .map((file) => read(`tests/types/${file}`)));
  const forms = [(name, type) => `  ${name}: ${type};`, (name, type) => `    public let ${name}: ${type}\n`, (name, type) => `    val ${name}: ${type}`, (name, type) => `  final ${type} ${name};`];
  assert.ok(rows.length >= 25);
  for (const row of rows) {
    const [member, ...types] = row.map((cell) => cell.match(/`([^`]*)`/)[1].replaceAll('\0', '|'));
    assert.ok(rust.includes(`pub(crate) ${member},`), member);
    const name = member.split(':')[0].replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    types.forEach((type, index) => assert.ok(written[index].includes(forms[index](name, type)), forms[index](name, type)));
  }
});

test('an app compiles in strict mode, and each wrong line of another one does not', async () => {
  const { code, output } = await tsc('-p', path.join(home, 'web'), '--noEmit');
  assert.equal(code, 0, output);
});

test('a value of every type comes back as it was, whole and as a chunk', async () => {
  const { callables } = await clients('tests/types/clients/callables.js');
  const { everyType } = callables((await sdk({ functions: url })).functions);
  for (const [name, input, output = input] of everything) {
    assert.deepEqual(await everyType(input), output, name);
    const { stream, data } = await everyType.stream(input);
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.deepEqual(chunks, [output], name);
    assert.deepEqual(await data, output, name);
  }
});

test('an input without a member that has no default is refused, and the message names it', async () => {
  const { callables } = await clients('tests/types/clients/callables.js');
  const { everyType } = callables((await sdk({ functions: url })).functions);
  const [[, { shape, ...input }]] = everything;
  await assert.rejects(everyType(input), (error) => error.code === 'functions/invalid-argument' && /shape/.test(error.message));
});

test('a guard tells the details of an error from other errors', async () => {
  const { callables, isEveryTypeError } = await clients('tests/types/clients/callables.js');
  const { everyType } = callables((await sdk({ functions: url })).functions);
  const [[, input]] = everything;
  const refused = await everyType({ ...input, text: 'refuse' }).catch((error) => error);
  assert.ok(isEveryTypeError(refused));
  assert.deepEqual(refused.details, { reason: 'reserved', word: 'refuse' });
  const other = await everyType({}).catch((error) => error);
  assert.equal(other.code, 'functions/invalid-argument');
  for (const error of [other, new Error('x'), null, { code: 'functions/x', details: refused.details }]) {
    assert.equal(isEveryTypeError(error), false, String(error));
  }
});

test('the Kotlin client compiles, and brings a value of every type back as it was', { skip: noKotlin, timeout: 300_000 }, async () => {
  const { code, output } = await roundTrip({ client: path.join(home, 'clients/Callables.kt'), out: path.join(folder, 'kotlin'), url });
  assert.equal(code, 0, output);
  assert.match(output, /^4 values came back as they were$/m);
});

test('the release binaries answer the generated client, signed in through the real SDK', { timeout: 180_000 }, async () => {
  const emulator = await startAuthEmulator({ project: 'my-app', port: await freePort() });
  const front = await startReSigningFront(emulator.url);
  try {
    const { callables } = await clients('demo/src/callables.js');
    const serve = async (name) => {
      const variables = { FIREBASE_PROJECT_ID: 'my-app', FIREBASE_ID_TOKEN_KEYS_URL: front.keys, PORT: '0' };
      const server = start(path.join(root, 'target/lambda', name, 'bootstrap'), [], { env: variables });
      const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
      return sdk({ functions: `http://${address}`, auth: front.url });
    };
    const app = await serve('return-authenticated-message');
    const { message } = await callables(app.functions).returnAuthenticatedMessage({ text: 'hello' });
    assert.equal(message, `Authenticated message 'hello' from user ${app.user.uid}.`);
    const streaming = await serve('stream-authenticated-message');
    const { stream, data } = await callables(streaming.functions).streamAuthenticatedMessage.stream({ text: 'hello' });
    const words = [];
    for await (const word of stream) words.push(word);
    assert.equal(words.join(' '), (await data).message);
    assert.equal((await callables(streaming.functions).streamAuthenticatedMessage({ text: 'hello' })).message, (await data).message);
  } finally {
    await front.stop();
  }
});

test('a renamed member fails the check, which names it, and an app that uses it no longer compiles', { timeout: 600_000 }, async () => {
  const copy = path.join(folder, 'tests/types');
  const filter = (file) => !/node_modules|\/target$/.test(file);
  await cp(home, copy, { recursive: true, filter });
  await cp(path.join(root, 'demo/src/callables.ts'), path.join(folder, 'demo/src/callables.ts'));
  const change = async (file, from, to) => {
    const text = await readFile(path.join(copy, file), 'utf8');
    assert.ok(text.includes(from), `${file}: ${from}`);
    await writeFile(path.join(copy, file), text.replaceAll(from, to));
  };
  await change('Cargo.toml', '../../shared', path.join(root, 'shared'));
  await change('functions/every-type/src/types.rs', 'reserved: String', 'reserved_word: String');
  await change('functions/every-type/src/types.rs', '#[serde(rename = "class")]', '');
  const { code, output } = await types(copy, '--check');
  assert.equal(code, 1, output);
  for (const line of [
    'everyType: input.class is gone',
    'everyType: input.reservedWord is new and required (breaks clients that are out)',
    'everyType: output.class is gone (breaks clients that are out)',
    'everyType: output.reservedWord is new',
    'clients/callables.ts is not what the code says',
  ]) assert.ok(output.split('\n').includes(line), `${line}\n${output}`);
  await cp(path.join(copy, 'callables.json'), path.join(folder, 'released.json'));
  const written = await types(copy);
  assert.equal(written.code, 0, written.output);
  assert.equal((await types(copy, '--check')).code, 0);
  const broken = await types(copy, '--against', path.join(folder, 'released.json'));
  assert.equal(broken.code, 1, broken.output);
  await writeFile(path.join(copy, 'web/uses.ts'), "import type { Everything } from '../clients/callables.js';\nexport const word = (it: Everything) => it.class;\n");
  const { output: refused } = await tsc('-p', path.join(copy, 'web'), '--noEmit');
  assert.match(refused, /uses\.ts\(2,\d+\): error TS2339: Property 'class' does not exist on type 'Everything'/);
});
