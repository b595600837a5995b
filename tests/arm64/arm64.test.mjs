// Runs a function that is built for arm64, the default of a deployment: directly on an arm64 Linux, otherwise under
// qemu's emulation of that processor with Debian's arm64 C library. `make cross` builds it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root, start, stopAll, within } from '../lib/process.mjs';
import { startReSigningFront } from '../sdk/lib/re-signing-front.mjs';

const binary = path.join(root, '.tools/cross/lambda/return-authenticated-message/bootstrap');
const library = '/usr/aarch64-linux-gnu';
const native = process.platform === 'linux' && process.arch === 'arm64';
const runner = native ? [] : ['qemu-aarch64', '-L', library];

function whyNot() {
  if (!existsSync(binary)) return 'nothing is built for arm64 (rustup target add aarch64-unknown-linux-gnu; make cross)';
  if (native) return undefined;
  try {
    execFileSync('qemu-aarch64', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'qemu-aarch64 is not installed (Debian: qemu-user)';
  }
  return existsSync(`${library}/lib/libc.so.6`) ? undefined : 'the arm64 C library is not installed (Debian: libc6-arm64-cross)';
}

const reason = whyNot();
const skip = reason ? `SKIPPED: no arm64 build of a function was run: ${reason}` : false;
if (skip) console.log(skip);

const project = 'my-app';
let keys;
let url;

before(async () => {
  if (skip) return;
  keys = await startReSigningFront('http://127.0.0.1:1');
  const [program, ...words] = [...runner, binary];
  const env = { PATH: process.env.PATH, FIREBASE_PROJECT_ID: project, FIREBASE_ID_TOKEN_KEYS_URL: keys.keys, PORT: '0' };
  const [, address] = await start(program, words, { env }).printed(/"listening","address":"([^"]+)"/);
  url = `http://${address}`;
});
after(async () => {
  await stopAll();
  await keys?.stop();
});

async function call(token) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await within(60_000, 'the answer', fetch(url, { method: 'POST', headers, body: '{"data":{"text":"some message"}}' }));
  return { status: answer.status, body: await answer.json() };
}

test('is built for arm64, and needs no newer C library than Lambda has', { skip }, () => {
  const bytes = readFileSync(binary);
  assert.equal(bytes.readUInt16LE(18), 183, 'e_machine is EM_AARCH64');
  const minors = [...bytes.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  assert.ok(minors.length > 0 && Math.max(...minors) <= 34, `glibc 2.${Math.max(...minors)}`);
});

test('verifies a signed token and answers, and refuses a forged one', { skip }, async () => {
  const now = Math.floor(Date.now() / 1000);
  const token = keys.signClaims({
    iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'ada', auth_time: now, iat: now, exp: now + 600,
  });
  const good = await call(token);
  assert.deepEqual(good, { status: 200, body: { result: { message: "Authenticated message 'some message' from user ada." } } });
  const [head, claims, signature] = token.split('.');
  const forged = `${head}.${claims}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  const refused = await call(forged);
  assert.deepEqual([refused.status, refused.body.error.status], [401, 'UNAUTHENTICATED']);
});
