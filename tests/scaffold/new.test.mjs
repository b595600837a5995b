// `make new`, `make check`, a call and `make remove` in a copy of the tree; at the end git finds no change in it.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { root, start, stopAll } from '../../scripts/local/process.mjs';
import { valueOf } from '../../scripts/scaffold/template.mjs';
import { client, failure } from '../sdk/lib/client.mjs';

const copy = path.join(root, '.tools/scaffold');
const git = (...args) => execFileSync('git', args, { cwd: copy, encoding: 'utf8' });

/** A make target in the copy; resolves with its exit code and what it printed. */
async function make(...args) {
  // Without the variables of the make that runs this test.
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, ...env } = process.env;
  try {
    const { stdout, stderr } = await promisify(execFile)('make', args, { cwd: copy, env, maxBuffer: 64 << 20 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    return { code: error.code, output: error.stdout + error.stderr };
  }
}

before(async () => {
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of files.split('\n').filter(Boolean)) {
    await mkdir(path.dirname(path.join(copy, file)), { recursive: true });
    await cp(path.join(root, file), path.join(copy, file)).catch(() => {}); // deleted, and not committed yet
  }
  // Compiled dependencies are copied. The workspace's own crates are compiled anew: cargo would otherwise take the
  // copy's for those of the tree, and the tree's tests would then look for their files in the copy.
  execFileSync('bash', ['-c', `
    set -eu
    cd '${root}/target/debug' && to='${copy}/target/debug' && mkdir -p "$to/deps"
    cp -a .fingerprint build "$to/"
    find deps -maxdepth 1 \\( -name '*.rlib' -o -name '*.rmeta' -o -name '*.so' -o -name '*.d' \\) -exec cp -a -t "$to/deps" {} +
    for package in firebase-callable tests $(ls '${root}/functions'); do rm -rf "$to/.fingerprint/$package"-*; done`]);
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'as it is');
});

after(async () => {
  await stopAll();
  await rm(copy, { recursive: true, force: true });
});

test('invalid names are refused with a sentence, and nothing is made', async () => {
  for (const [args, sentence] of [
    [[], 'NAME is not set: write it in lower case with hyphens, as in: make new NAME=send-invoice'],
    [['NAME=sendInvoice'], '"sendInvoice" is not a name for a function'],
    [['NAME=send_invoice'], '"send_invoice" is not a name for a function'],
    [['NAME=2fast'], '"2fast" is not a name for a function'],
    [['NAME=send--invoice'], 'is not a name for a function'],
    [['NAME=../x'], 'is not a name for a function'],
    [['NAME=a b'], 'is not a name for a function'],
    [["NAME=a'b"], 'is not a name for a function'],
    [['NAME=match'], 'match is a reserved name in Rust'],
    [['NAME=deps'], 'deps is a reserved name in Rust'],
    [['NAME=return-authenticated-message'], 'return-authenticated-message is taken'],
    [['NAME=keep-text', 'WITH=redis'], 'WITH=redis is not known: write one of nothing, dynamodb, firestore, http'],
    [['NAME=keep-text', 'WITH=http', 'STREAM=1'], 'WITH=http makes a callable that does not stream'],
  ]) {
    const { code, output } = await make('new', ...args);
    assert.notEqual(code, 0, sentence);
    assert.ok(output.includes(sentence), output);
  }
  assert.match((await make('remove', 'NAME=no-such-thing')).output, /There is no functions\/no-such-thing/);
  // Where other parts of template.yaml depend on a function, its author has to move them.
  const preflights = await make('remove', 'NAME=return-authenticated-message', 'FORCE=1');
  assert.match(preflights.output, /returnAuthenticatedMessage also answers preflights of unknown routes/);
  const throttled = await make('remove', 'NAME=exchange-clerk-token', 'FORCE=1');
  assert.match(throttled.output, /template\.yaml names exchangeClerkToken in other places: take these lines out first\n +- ResourcePath: \/~1exchangeClerkToken\n/);
  assert.equal(git('status', '--porcelain'), '');
});

for (const [name, publicName, stream, data, expected] of [
  ['send-invoice', 'sendInvoice', [], { name: 'Ada' }, 'functions/unauthenticated'],
  ['stream-news', 'streamNews', ['STREAM=1'], { name: 'Ada' }, 'functions/unauthenticated'],
]) {
  test(`make new NAME=${name} ${stream} makes a function that passes every check and serves`, async () => {
    const made = await make('new', `NAME=${name}`, ...stream);
    assert.equal(made.code, 0, made.output);
    assert.match(made.output, /make check/);
    const alarm = publicName[0].toUpperCase() + publicName.slice(1);
    for (const metric of ['Errors', 'Throttles']) {
      assert.ok((await readFile(path.join(copy, 'template.yaml'), 'utf8')).includes(`\n  ${alarm}${metric}:\n    Type: AWS::CloudWatch::Alarm\n`), metric);
    }
    const lists = { 'Cargo.toml': `"/${publicName}" = "${name}"`, 'template.yaml': `CodeUri: functions/${name}`, 'README.md': `[\`${publicName}\`]` };
    for (const [file, text] of Object.entries(lists)) {
      assert.ok((await readFile(path.join(copy, file), 'utf8')).includes(text), file);
    }
    const checked = await make('check');
    assert.equal(checked.code, 0, checked.output);
    const env = { ...process.env, CARGO_TARGET_DIR: path.join(copy, 'target') };
    const cargo = (...args) => promisify(execFile)('cargo', args, { cwd: copy, env, maxBuffer: 64 << 20 });
    await cargo('test', '--locked', '-p', 'tests', '--test', 'it', '--', 'tree::', '--skip', 'the_functions_');
    // Inside a test, node runs no other tests while this variable is set.
    const { NODE_TEST_CONTEXT, ...outside } = process.env;
    await promisify(execFile)(process.execPath, ['--test', 'tests/scaffold/agreement.test.mjs'], { cwd: copy, env: outside });

    await cargo('build', '--quiet', '--locked', '-p', name);
    const build = path.join(copy, 'target/debug', name);
    const server = start(build, [], { env: { FIREBASE_PROJECT_ID: 'my-app', FIREBASE_ID_TOKEN_KEYS_URL: 'http://127.0.0.1:1/', PORT: '0' } });
    const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
    const app = client({ project: 'my-app', auth: 'http://127.0.0.1:1', functions: `http://${address}` });
    assert.equal((await failure(app.call(publicName, data))).code, expected);
    await app.close();
    await server.stop('SIGTERM');

    assert.notEqual((await make('new', `NAME=${name}`)).code, 0, 'twice');
    // A folder with changes that are not committed is not deleted.
    const handler = path.join(copy, 'functions', name, 'src/handler.rs');
    const original = await readFile(handler, 'utf8');
    await writeFile(handler, `${original}// mine\n`);
    const kept = await make('remove', `NAME=${name}`);
    assert.notEqual(kept.code, 0);
    assert.match(kept.output, /has changes that are not committed/);
    await writeFile(handler, original);

    assert.equal((await make('remove', `NAME=${name}`)).code, 0);
    assert.equal(git('status', '--porcelain'), '', 'the tree is clean again');
  });
}

test('functions with a table, with Firestore and with another service pass every check and their own tests', async () => {
  const made = { 'scaffold-table': 'dynamodb', 'scaffold-document': 'firestore', 'scaffold-service': 'http' };
  for (const [name, kind] of Object.entries(made)) {
    const { code, output } = await make('new', `NAME=${name}`, `WITH=${kind}`);
    assert.equal(code, 0, output);
  }
  const template = valueOf(await readFile(path.join(copy, 'template.yaml'), 'utf8'));
  assert.equal(template.Resources.ScaffoldTableTable.DeletionPolicy, 'Retain');
  assert.deepEqual(template.Resources.ScaffoldTableFunction.Properties.Environment.Variables, { SCAFFOLD_TABLE_TABLE: 'ScaffoldTableTable' });
  const env = { ...process.env, CARGO_TARGET_DIR: path.join(copy, 'target') };
  const cargo = (...args) => promisify(execFile)('cargo', args, { cwd: copy, env, maxBuffer: 64 << 20 });
  const packages = Object.keys(made).flatMap((name) => ['-p', name]);
  await cargo('fmt', '--all', '--check');
  await cargo('clippy', '--locked', ...packages, '--all-targets', '--all-features', '--', '-D', 'warnings');
  await cargo('test', '--locked', ...packages);

  // A table that another function uses stays; one that nobody uses goes.
  const file = path.join(copy, 'template.yaml');
  const used = (await readFile(file, 'utf8')).replace('SCAFFOLD_SERVICE_URL: https://api.example.com/', 'OTHER_TABLE: !Ref ScaffoldTableTable');
  await writeFile(file, used);
  const kept = await make('remove', 'NAME=scaffold-table');
  assert.match(kept.output, /Its table is still in template\.yaml, because another part of it uses the table/);
  assert.ok('ScaffoldTableTable' in valueOf(await readFile(file, 'utf8')).Resources);
  for (const name of ['scaffold-document', 'scaffold-service']) assert.equal((await make('remove', `NAME=${name}`)).code, 0);
  git('checkout', '--', 'template.yaml');

  assert.equal((await make('new', 'NAME=scaffold-table', 'WITH=dynamodb')).code, 0);
  const gone = await make('remove', 'NAME=scaffold-table');
  assert.match(gone.output, /Its table is no longer in template\.yaml; a deployed one stays in your account/);
  assert.equal(git('status', '--porcelain'), '', 'the tree is clean again');
});
