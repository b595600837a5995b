// Follows the README with only the prerequisites that it states: in a copy of the checkout and with a PATH of those
// programs, its commands are run unchanged: from the installation of the tool to a signed-in call, and a second function.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { isFree, root, start, stopAll } from '../lib/process.mjs';

// The README's sentence: Rust with a C compiler, and Node; curl for its example.
const STATED = ['cargo', 'rustc', 'rustup', 'cc', 'gcc', 'as', 'ld', 'ar', 'node', 'npm', 'curl', 'gcc-12', 'gcc-13', 'gcc-14', 'clang'];
// Programs that every Unix has.
const UNIX = [
  'sh', 'bash', 'env', 'awk', 'sed', 'grep', 'ls', 'mkdir', 'touch', 'cat', 'uname', 'dirname', 'basename', 'rm', 'cp', 'mv', 'ln',
  'sort', 'head', 'tail', 'tr', 'cut', 'test', 'id', 'sleep', 'wc', 'chmod', 'mktemp', 'readlink', 'ps', 'kill',
];

const folder = await mkdtemp(path.join(os.tmpdir(), 'newcomer-'));
after(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

/** A folder that holds links to these programs, as far as they exist here. */
async function pathWith(programs) {
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  for (const program of programs) {
    try {
      await symlink(execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(), path.join(bin, program));
    } catch {
      // this compiler is not on this machine
    }
  }
  return bin;
}

/** Copies the files that a clone would have, and those that are not committed yet. */
async function checkOut() {
  const checkout = path.join(folder, 'checkout');
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const file of files.trim().split('\n')) {
    await cp(path.join(root, file), path.join(checkout, file)).catch((error) => assert.equal(error.code, 'ENOENT'));
  }
  return checkout;
}

const blocks = (text, language) => [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, lines]) => lines);
const seconds = (from, to = Date.now()) => `${Math.round((to - from) / 100) / 10} s`;

test('leads a newcomer from nothing to a signed-in call, and to a second function', { timeout: 1_800_000 }, async () => {
  for (const port of [5000, 9000, 9099]) assert.ok(await isFree(port), `port ${port}, which the README names, is taken`);
  const [checkout, bin] = [await checkOut(), await pathWith([...STATED, ...UNIX])];
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const [first, call, add] = blocks(readme.split('\n## ').find((part) => part.startsWith('Start')), 'sh');
  assert.ok(first.trim().split('\n').length <= 4, first);
  // The caches of cargo and npm are this user's; everything else is like on a new machine.
  const kept = ['HOME', 'CARGO_HOME', 'RUSTUP_HOME', 'LANG', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];
  const env = Object.fromEntries(kept.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  // In place of ~/.cargo/bin, which rustup adds to the PATH.
  env.CARGO_INSTALL_ROOT = path.join(folder, 'installed');
  env.PATH = [path.join(env.CARGO_INSTALL_ROOT, 'bin'), bin].join(path.delimiter);
  const shell = (lines, cwd) => execFileSync('sh', ['-euc', lines], { cwd, env, encoding: 'utf8' });

  const began = Date.now();
  const run = start('sh', ['-euc', first], { cwd: checkout, env });
  await run.printed(/^Stop +Ctrl-C/m, 1_700_000);
  const ready = Date.now();
  assert.match(shell(call, folder), /^\{"result":\{"greeting":"Hello Ada, you are user \w+\."\}\}$/);
  console.log(`from the first command to the page: ${seconds(began, ready)}, to the answer: ${seconds(ready)} more`);
  const page = run.output.match(/^Page +(\S+)/m)[1];
  assert.match(await (await fetch(page)).text(), /<title>/);

  const project = path.join(folder, 'my-app');
  const adding = Date.now();
  shell(add, project);
  assert.match(shell(call.replace('/hello', '/sendInvoice'), project), /"greeting":"Hello Ada, you are user \w+\."/);
  console.log(`from add to the answer of the second function: ${seconds(adding)}`);
  shell('cargo test --quiet --package send-invoice', project);

  const client = blocks(readme, 'js')[0].replaceAll("'firebase/", "'@firebase/").replace('https://api.example.com', 'http://127.0.0.1:9000');
  const program = `
    import { initializeApp } from '@firebase/app';
    import { connectAuthEmulator, getAuth, signInAnonymously } from '@firebase/auth';
    const app = initializeApp({ projectId: 'demo-app', apiKey: 'any' });
    connectAuthEmulator(getAuth(app), 'http://127.0.0.1:9099', { disableWarnings: true });
    await signInAnonymously(getAuth(app));
    ${client}
    process.exit();`;
  const app = start(process.execPath, ['--input-type=module', '--eval', program], { cwd: path.join(root, 'tests/sdk') });
  await app.printed(/^Hello Ada, you are user \w+\.$/m, 30_000);
});
