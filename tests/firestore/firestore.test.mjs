// The feature `firestore`: a program that stores, reads and finds documents through the crate `firestore`, against an
// emulator that speaks gRPC.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { freePort, root, start, stopAll, within } from '../lib/process.mjs';

const { FirestoreServer } = createRequire(import.meta.url)('@firestore-emulator/server');

const project = 'demo-firestore';
const emulator = new FirestoreServer();
let url;

// The Auth emulator is accepted, but never asked: no call has a token.
const local = { FIREBASE_PROJECT_ID: project, FIREBASE_AUTH_EMULATOR_HOST: '127.0.0.1:9', PORT: '0' };

function startProgram(variables) {
  return start(path.join(root, 'target/debug/examples/firestore'), [], { env: { ...local, ...variables } });
}

async function address(program) {
  const [, host] = await program.printed(/"listening","address":"([^"]+)"/);
  return `http://${host}/notes`;
}

before(async () => {
  const port = await freePort();
  await emulator.start(port);
  url = await address(startProgram({ FIRESTORE_EMULATOR_HOST: `127.0.0.1:${port}` }));
});

after(async () => {
  await stopAll();
  await emulator.stop();
});

async function call(data, to = url) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ data });
  const answer = await within(30_000, 'an answer', fetch(to, { method: 'POST', headers, body }));
  return answer.json();
}

test('documents are stored, read and found', async () => {
  const [first, second] = [{ text: 'é🦀', likes: 3 }, { text: 'b', likes: 8 }];
  assert.deepEqual(await call({ put: { id: 'a', note: first } }), { result: [first] });
  assert.deepEqual(await call({ put: { id: 'b', note: second } }), { result: [second] });
  assert.deepEqual(await call({ get: { id: 'a' } }), { result: [first] });
  assert.deepEqual(await call({ get: { id: 'none' } }), { result: [] });
  assert.deepEqual(await call({ likes: { at_least: 4 } }), { result: [second] });
});

test('without an emulator for Firestore, nothing is asked of Google', async () => {
  const program = startProgram({});
  const answer = await call({ get: { id: 'a' } }, await address(program));
  assert.deepEqual(answer, { error: { message: 'Unavailable', status: 'UNAVAILABLE' } });
  await program.printed(/FIRESTORE_EMULATOR_HOST is not set/);
});

test('an emulator on another machine is refused at the start', async () => {
  const program = startProgram({ FIRESTORE_EMULATOR_HOST: 'firestore.example.com:8080' });
  await program.printed(/FIRESTORE_EMULATOR_HOST is not the address of this machine/);
  assert.equal(await within(30_000, 'the end of the program', program.exited), 1);
});
