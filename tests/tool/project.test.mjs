// A project of one's own, from the installation of the tool to a package that could be deployed, outside the checkout.

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';

import { startRuntime } from '../lib/lambda-runtime.mjs';
import { freePort, root, start } from '../lib/process.mjs';
import { client, failure } from '../sdk/lib/client.mjs';
import { startIssuer } from './lib/issuer.mjs';
import { folderOutside, install, makeProject, run } from './lib/tool.mjs';

const folder = await folderOutside('made');
let env;
let project;
const callable = (...words) => run('cargo', ['callable', ...words], { cwd: project, env });
const cargo = (...words) => run('cargo', words, { cwd: project, env });

/** The files of a folder, without those of cargo and git. */
async function filesOf(at) {
  const all = await readdir(at, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(at, path.join(parentPath, name)))
    .filter((file) => !/^(target|\.git)\//.test(file) && file !== 'Cargo.lock')
    .sort();
}

before(async () => {
  env = await install(folder);
  project = await makeProject(folder, 'my-app', env);
}, { timeout: 900_000 });

test('init makes at most 12 files and 150 lines', async () => {
  const files = await filesOf(project);
  const texts = await Promise.all(files.map((file) => readFile(path.join(project, file), 'utf8')));
  const lines = texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
  console.log(`${files.length} files, ${lines} lines`);
  assert.ok(files.length <= 12, files.join('\n'));
  assert.ok(lines <= 150, `${lines} lines`);
});

test('the made project is formatted, has no lints, and passes its tests; so does one with a second function', async () => {
  for (const words of [['fmt', '--all', '--check'], ['clippy', '--workspace', '--all-targets', '--', '-D', 'warnings'], ['test', '--workspace']]) {
    const { code, output } = await cargo(...words);
    assert.equal(code, 0, output);
  }
  const added = await callable('add', 'send-invoice');
  assert.equal(added.code, 0, added.output);
  const tested = await cargo('test', '-p', 'send-invoice');
  assert.equal(tested.code, 0, tested.output);
});

test('run serves every function to the Firebase SDK, and one that is added meanwhile with the next call', { timeout: 900_000 }, async () => {
  const [port, auth, page] = [await freePort(), await freePort(), await freePort()];
  const words = ['callable', 'run', '--port', port, '--auth-port', auth, '--page-port', page].map(String);
  const running = start('cargo', words, { cwd: project, env });
  await running.printed(/^Stop +Ctrl-C/m, 800_000);
  const app = client({ project: 'demo-app', auth: `http://127.0.0.1:${auth}`, functions: `http://127.0.0.1:${port}` });
  assert.equal((await failure(app.call('hello', { name: 'Ada' }))).code, 'functions/unauthenticated');
  const user = await app.signIn.email();
  assert.deepEqual(await app.call('hello', { name: 'Ada' }), { greeting: `Hello Ada, you are user ${user.uid}.` });
  assert.deepEqual(await app.call('sendInvoice', { name: 'Bob' }), { greeting: `Hello Bob, you are user ${user.uid}.` });
  assert.match(await (await fetch(`http://127.0.0.1:${page}`)).text(), /<title>/);

  const added = await callable('add', 'tell-news', '--stream');
  assert.equal(added.code, 0, added.output);
  const streamed = await app.stream('tellNews', { name: 'Al' });
  assert.deepEqual(streamed.chunks, [{ letter: 'A' }, { letter: 'l' }]);

  // Several callables in one program: each is called, listed and has its types under its own name.
  const grouped = await callable('add', 'notes', '--group', 'add-note,remove-note');
  assert.equal(grouped.code, 0, grouped.output);
  for (const name of ['addNote', 'removeNote']) {
    assert.deepEqual(await app.call(name, { name: 'Ada' }), { greeting: `Hello Ada, you are user ${user.uid}.` });
  }
  assert.equal((await failure(app.call('notes', { name: 'Ada' }))).code, 'functions/not-found');
  const listed = await (await fetch(`http://127.0.0.1:${page}/config.json`)).json();
  const ofNotes = listed.callables.filter((one) => one.folder === 'notes');
  assert.deepEqual(ofNotes.map(({ name, contract }) => [name, contract.name, contract.description]),
    [['addNote', 'addNote', 'Greets the caller by name.'], ['removeNote', 'removeNote', 'Greets the caller by name.']]);
  // A name that the program does not serve is said where the types are made.
  const manifestOfNotes = path.join(project, 'functions/notes/Cargo.toml');
  const declared = await readFile(manifestOfNotes, 'utf8');
  await writeFile(manifestOfNotes, declared.replace('"removeNote"', '"dropNote"'));
  const differ = await callable('types');
  assert.notEqual(differ.code, 0, differ.output);
  assert.match(differ.output, /functions\/notes serves addNote, removeNote, and its Cargo\.toml does not declare that: write names = \["addNote", "removeNote"\]/);
  await writeFile(manifestOfNotes, declared);
  await app.close();

  // A web app whose compiler watches sees a changed type without a command.
  const web = path.join(project, 'web');
  await mkdir(web);
  const sdk = path.join(root, 'tests/types/node_modules/firebase/functions/dist/functions/index.d.ts');
  const options = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, types: [], skipLibCheck: true, paths: { 'firebase/functions': [sdk] } };
  await writeFile(path.join(web, 'package.json'), '{ "type": "module" }');
  await writeFile(path.join(web, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['app.ts'] }));
  await writeFile(path.join(web, 'app.ts'), `import { callables } from '../clients/callables.js';
type Functions = Parameters<typeof callables>[0];
export const greet = async (functions: Functions) => (await callables(functions).hello({ name: 'Ada' })).greeting;
`);
  const compiler = start(path.join(root, 'tests/types/node_modules/.bin/tsc'), ['--watch', '--preserveWatchOutput', '-p', web], { cwd: web, env });
  await compiler.printed(/Found 0 errors/);
  const handler = path.join(project, 'functions/hello/src/handler.rs');
  const saved = Date.now();
  const source = await readFile(handler, 'utf8');
  await writeFile(handler, source.replaceAll('greeting', 'salutation'));
  await compiler.printed(/app\.ts\(3,\d+\): error TS2339: Property 'greeting' does not exist/);
  console.log(`from saving a handler to the error in the web app: ${((Date.now() - saved) / 1000).toFixed(1)} s`);
  await writeFile(handler, source);
  await compiler.printed(/Found 1 error[^]*Found 0 errors/);
  await compiler.stop();
  await running.stop();
});

test('build makes binaries as small and as fast as this repository\'s', { timeout: 1_200_000 }, async () => {
  const built = await callable('build', 'hello', 'notes', '--architecture', 'host');
  assert.equal(built.code, 0, built.output);
  const sizeOf = async (name) => (await stat(path.join(env.CARGO_TARGET_DIR, 'lambda', name, 'bootstrap'))).size;
  const [one, two] = [await sizeOf('hello'), await sizeOf('notes')];
  console.log(`bytes of one callable: ${one}, of two in one binary: ${two}`);
  assert.ok(two < 1.02 * one, 'the hosts and the engine are there once');
  const MADE_FUNCTION = path.join(env.CARGO_TARGET_DIR, 'lambda/hello/bootstrap');
  const words = ['test', '--locked', '-p', 'tests', '--test', 'it', '--', '--nocapture', 'made::'];
  const { code, output } = await run('cargo', words, { cwd: root, env: { ...env, CARGO_HOME: process.env.CARGO_HOME ?? '', MADE_FUNCTION } });
  assert.equal(code, 0, output);
  const compared = output.match(/^(bytes|instructions of a (start|call)): .*in this repository.*$/gm) ?? [];
  console.log(compared.join('\n'));
  assert.ok(compared.length >= 1, output);
});

test('build --keys packs keys with which a function verifies tokens while their issuer is away', { timeout: 600_000 }, async () => {
  const issuer = await startIssuer();
  const urls = { FIREBASE_ID_TOKEN_KEYS_URL: issuer.url, FIREBASE_APP_CHECK_KEYS_URL: issuer.url };
  const build = (...flags) => run('cargo', ['callable', 'build', 'hello', '--architecture', 'host', ...flags], { cwd: project, env: { ...env, ...urls } });
  const program = path.join(env.CARGO_TARGET_DIR, 'lambda/hello/bootstrap');
  const file = path.join(path.dirname(program), 'firebase-keys.json');
  const began = Math.floor(Date.now() / 1000);
  const packed = await build('--keys');
  assert.equal(packed.code, 0, packed.output);
  const copies = JSON.parse(await readFile(file, 'utf8'));
  for (const { fetched_at: at, ...copy } of copies) {
    assert.ok(at >= began && at <= Date.now() / 1000, `${at}`);
    assert.deepEqual(copy, { source: issuer.url, max_age: issuer.maxAge, keys: [issuer.key] });
  }
  assert.equal(copies.length, 2, 'of ID tokens and of App Check tokens');

  const event = JSON.parse(await readFile(path.join(root, 'tests/fixtures/events/function_url.json'), 'utf8'));
  event.headers = { ...event.headers, 'content-type': 'application/json', authorization: `Bearer ${issuer.token('my-app', 'ada')}` };
  Object.assign(event, { body: JSON.stringify({ data: { name: 'Ada' } }), isBase64Encoded: false });
  await issuer.close();
  const answer = async () => {
    const runtime = await startRuntime('hello', program, { FIREBASE_PROJECT_ID: 'my-app', ...urls });
    const { statusCode, body } = await runtime.invoke(event);
    await runtime.stop();
    return [statusCode, JSON.parse(body)];
  };
  assert.deepEqual(await answer(), [200, { result: { greeting: 'Hello Ada, you are user ada.' } }]);

  const unreachable = await build('--keys');
  assert.notEqual(unreachable.code, 0, unreachable.output);
  assert.match(unreachable.output, /No keys are packed: the keys of ID tokens at http/);
  // A build without keys leaves none of an earlier one.
  assert.equal((await build()).code, 0);
  await assert.rejects(stat(file), { code: 'ENOENT' });
  assert.equal((await answer())[0], 503);
});

test('the template is valid; deploy --dry refuses a package for another processor, and accepts one for its own', async () => {
  const checked = await run('sam', ['validate', '--lint', '--template', await rendered(project)], { cwd: project, env });
  assert.equal(checked.code, 0, checked.output);
  const { paths } = JSON.parse((await callable('routes', '--json')).stdout).find(({ folder }) => folder === 'notes');
  const text = await readFile(await rendered(project), 'utf8');
  for (const route of paths) assert.ok(text.includes(`Path: ${route}\n`) || text.includes(`Path: "${route}"\n`), route);
  assert.equal(paths.length, 4, 'two for each of its callables');
  for (const name of ['send-invoice', 'tell-news', 'notes']) {
    const removed = await callable('remove', name, '--force');
    assert.equal(removed.code, 0, removed.output);
  }
  const refused = await callable('deploy', '--dry', '--no-build');
  assert.notEqual(refused.code, 0, refused.output);
  assert.match(refused.output, /is to be deployed for arm64, but .* is for x86_64/);
  const manifest = path.join(project, 'Cargo.toml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('architecture = "arm64"', 'architecture = "x86_64"'));
  const accepted = await callable('deploy', '--dry', '--no-build');
  assert.equal(accepted.code, 0, accepted.output);
  assert.match(accepted.output, /for x86_64 and the template are ready; nothing was deployed\./);
});

test('a project of 0.1 is upgraded, builds and passes its tests', { timeout: 900_000 }, async () => {
  const old = path.join(folder, 'old app');
  await cp(path.join(root, 'tests/fixtures/project-0.1'), old, { recursive: true });
  const manifest = path.join(old, 'Cargo.toml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replaceAll('CHECKOUT', root));
  // Rust of that time may not be installed; the upgrade raises the version.
  const upgraded = await run('cargo', ['callable', 'upgrade', '--allow-dirty'], { cwd: old, env: { ...env, RUSTUP_TOOLCHAIN: '1.95.0' } });
  assert.equal(upgraded.code, 0, upgraded.output);
  await cp(path.join(root, 'Cargo.lock'), path.join(old, 'Cargo.lock'));
  const tested = await run('cargo', ['test', '--workspace'], { cwd: old, env });
  assert.equal(tested.code, 0, tested.output);
  const checked = await run('sam', ['validate', '--lint', '--template', await rendered(old)], { cwd: old, env });
  assert.equal(checked.code, 0, checked.output);
});

/** The whole template of a project, as a file. */
async function rendered(at) {
  const { code, stdout, output } = await run('cargo', ['callable', 'template'], { cwd: at, env });
  assert.equal(code, 0, output);
  const file = path.join(folder, 'rendered.yaml');
  await writeFile(file, stdout);
  return file;
}
