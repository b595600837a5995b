// Follows the README with only the prerequisites that it states: in a folder with the checkout and with a PATH of those
// programs, its commands are run unchanged, from the first to the call that prints the message.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { isFree, root, start, stopAll } from '../lib/process.mjs';

// The README's sentence: a Rust toolchain with a C compiler, Node, Python and make; curl for its example.
const STATED = [
  'cargo', 'rustc', 'rustup', 'cc', 'gcc', 'as', 'ld', 'ar', 'node', 'npm', 'python3', 'make', 'curl',
  'gcc-12', 'gcc-13', 'gcc-14', 'clang',
];
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

test('leads a newcomer from nothing to a call that prints the message', { timeout: 1_800_000 }, async () => {
  for (const port of [5000, 9000, 9099]) assert.ok(await isFree(port), `port ${port}, which the README names, is taken`);
  const [checkout, bin] = [await checkOut(), await pathWith([...STATED, ...UNIX])];
  const section = (await readFile(path.join(root, 'README.md'), 'utf8')).split('\n## ').find((part) => part.startsWith('Run it'));
  const [first, second] = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, lines]) => lines);
  // The caches of cargo and npm are this user's; everything else is like on a new machine.
  const kept = ['HOME', 'CARGO_HOME', 'RUSTUP_HOME', 'LANG', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];
  const env = Object.fromEntries(kept.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  env.PATH = bin;

  const began = Date.now();
  const run = start('sh', ['-euc', first], { cwd: checkout, env });
  await run.printed(/^Stop +Ctrl-C/m, 1_700_000);
  const ready = Date.now();
  const printed = execFileSync('sh', ['-euc', second], { cwd: checkout, env, encoding: 'utf8' });
  console.log(`from the first command to the page: ${Math.round((ready - began) / 1000)} s, to the message: ${Math.round((Date.now() - ready) / 100) / 10} s more`);
  assert.match(printed, /^\{"result":\{"message":"Authenticated message 'some message' from user \w+\."\}\}$/);

  const page = run.output.match(/^Page +(\S+)/m)[1];
  assert.match(await (await fetch(page)).text(), /<title>/);
});
