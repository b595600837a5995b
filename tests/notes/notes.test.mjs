// The example app as a whole, as `cargo callable run` runs it: the real SDK, the Auth emulator, DynamoDB
// simulated by moto, and the app's own stand-ins for the model and Firestore.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startLocal } from '../lib/local.mjs';
import { root, stopAll } from '../lib/process.mjs';
import { client, failure } from '../sdk/lib/client.mjs';

const home = path.join(root, 'examples/notes');
const project = 'demo-app';
const secrets = path.join(home, '.secret.local');
let auth;
let aws;
let functions;

before(async () => {
  await writeFile(secrets, 'ASSISTANT_KEY_SECRET=sk_test_1\n');
  functions = await startLocal({ home });
  ({ auth, aws } = functions);
}, { timeout: 1_200_000 });

after(async () => {
  await stopAll();
  await rm(secrets, { force: true });
});

/** One request to the local DynamoDB. */
async function dynamodb(operation, body) {
  const answer = await fetch(aws, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': `DynamoDB_20120810.${operation}`,
      Authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${operation}: ${answer.status}`);
  return answer.json();
}

const open = () => client({ project, auth: auth.url, functions: functions.url });
const note = (number, more = {}) => ({ requestId: `request-${String(number).padStart(16, '0')}`, title: `Note ${number}`, text: 'milk', tags: [], ...more });

test('a repeated createNote stores one note and gets the same answer; wrong fields are all named', async () => {
  const app = open();
  const { uid } = await app.signIn.anonymous();
  const first = await app.call('createNote', note(1));
  assert.deepEqual(await app.call('createNote', note(1)), first);
  const owner = { ':owner': { S: uid } };
  const stored = await dynamodb('Query', {
    TableName: 'Notes', KeyConditionExpression: '#owner = :owner', ExpressionAttributeNames: { '#owner': 'owner' }, ExpressionAttributeValues: owner,
  });
  assert.deepEqual(stored.Items.map(({ id }) => id.S), [first.id]);
  const error = await failure(app.call('createNote', note(2, { title: '', tags: [''] })));
  assert.equal(error.code, 'functions/invalid-argument');
  assert.deepEqual(error.details.fields.map(({ field }) => field).sort(), ['data.tags[0]', 'data.title']);
  await app.close();
});

test('after thirty notes in a minute, createNote says when to come back; listNotes has them in pages', async () => {
  const app = open();
  await app.signIn.anonymous();
  for (let number = 0; number < 30; number += 1) await app.call('createNote', note(number));
  const error = await failure(app.call('createNote', note(30)));
  assert.equal(error.code, 'functions/resource-exhausted');
  assert.ok(error.details.retryAfter >= 1 && error.details.retryAfter <= 68, String(error.details.retryAfter));
  const first = await app.call('listNotes', {});
  const second = await app.call('listNotes', { pageToken: first.nextPageToken });
  assert.deepEqual([first.notes.length, second.notes.length, second.nextPageToken], [20, 10, null]);
  const other = open();
  await other.signIn.anonymous();
  assert.deepEqual((await other.call('listNotes', { pageToken: first.nextPageToken })).notes, [], "another user's token");
  await app.close();
  await other.close();
});

test('shareNote writes as the caller, once', async () => {
  const app = open();
  await app.signIn.anonymous();
  const share = () => app.call('shareNote', { id: 'n1', with: 'bob', title: 'Shopping' });
  assert.equal(await share(), null);
  assert.equal((await failure(share())).code, 'functions/already-exists');
  await app.close();
});

test('askAssistant streams the words of the model', async () => {
  const app = open();
  await app.signIn.anonymous();
  const { chunks, result } = await app.stream('askAssistant', { text: 'and milk?' });
  assert.deepEqual(chunks.map(({ text }) => text), ['You', ' asked:', ' and', ' milk?']);
  assert.deepEqual(result, { text: 'You asked: and milk?' });
  await app.close();
});

test('an administrator gives a role, which is in the next token; others cannot', async () => {
  const [app, admin] = [open(), open()];
  const user = await app.signIn.anonymous();
  const boss = await admin.signIn.anonymous();
  assert.equal((await failure(app.call('setRole', { uid: user.uid, role: 'admin' }))).code, 'functions/permission-denied');
  await claims(boss.uid, { role: 'admin' });
  await boss.getIdToken(true);
  assert.equal(await admin.call('setRole', { uid: user.uid, role: 'admin' }), null);
  assert.equal((await failure(app.call('setRole', { uid: 'nobody', role: 'editor' }))).code, 'functions/permission-denied', 'the old token');
  await user.getIdToken(true);
  assert.equal((await failure(app.call('setRole', { uid: 'nobody', role: 'editor' }))).code, 'functions/not-found', 'now an administrator');
  await app.close();
  await admin.close();
});

/** Sets custom claims as an administrator does, here of the emulator. */
async function claims(uid, value) {
  const url = `${auth.url}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:update`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify({ localId: uid, customAttributes: JSON.stringify(value) }),
  });
  assert.ok(answer.ok, await answer.text());
}
