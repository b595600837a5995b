// Sends the same requests to the reference server and to ours, and compares status, headers and bodies byte for byte.
// Every allowed difference is named in differences.mjs.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { send } from '../conformance/lib/http.mjs';
import { makeKeys, serveKeys } from '../conformance/lib/keys.mjs';
import { root, start, stopAll } from '../lib/process.mjs';
import { cases } from './cases.mjs';
import { differences, headerDifferences } from './differences.mjs';

const project = 'my-app';
const number = '1234567890';
const suite = makeKeys({ project, number });

// Headers that are not part of the protocol: date, length and kind of connection.
const NOISE = ['date', 'etag', 'connection', 'keep-alive', 'x-powered-by', 'transfer-encoding', 'content-length'];

function normalised({ status, headers, body }) {
  const kept = Object.entries(headers).filter(([name]) => !NOISE.includes(name)).sort();
  return { status, headers: Object.fromEntries(kept), body };
}

let keys;
let referenceUrl;
let oursUrl;

/** Starts a program that prints where it listens, and yields its URL. */
async function startServer(command, args, env) {
  const server = start(command, args, { env });
  const [, address] = await server.printed(/listening on (127\.0\.0\.1:\d+)/);
  return `http://${address}`;
}

before(async () => {
  keys = await serveKeys(suite);
  const keyPort = keys.port;
  referenceUrl = await startServer(process.execPath, [path.join(root, 'tests/parity/reference.mjs')], {
    PATH: process.env.PATH, GCLOUD_PROJECT: project, KEY_PORT: String(keyPort),
  });
  oursUrl = await startServer(path.join(root, 'target/debug/examples/parity'), [], {
    FIREBASE_PROJECT_ID: project,
    FIREBASE_ID_TOKEN_KEYS_URL: `http://127.0.0.1:${keyPort}/jwk`,
    FIREBASE_APP_CHECK_KEYS_URL: `http://127.0.0.1:${keyPort}/v1/jwks`,
  });
}, { timeout: 60_000 });

after(async () => {
  await stopAll();
  keys.stop();
});

test('both servers give the same answer to every request, except for the named differences', async () => {
  const all = cases(suite);
  assert.ok(all.length >= 150, `${all.length} requests`);
  const occurred = new Set();
  const failures = [];
  let identical = 0;

  for (const { name, request, differs, ours: expected } of all) {
    const theirs = normalised(await send(`${referenceUrl}${request.path}`, request));
    const ours = normalised(await send(`${oursUrl}${request.path}`, request));
    for (const [difference, { where, headers }] of Object.entries(headerDifferences)) {
      if (!where({ request, ours })) continue;
      for (const header of headers) {
        if (header in ours.headers && !(header in theirs.headers)) {
          occurred.add(difference);
          delete ours.headers[header];
        }
      }
    }
    const same = JSON.stringify(ours) === JSON.stringify(theirs);
    if (!differs) {
      if (same) identical += 1;
      else failures.push(`${name}\n  reference ${show(theirs)}\n  ours      ${show(ours)}`);
      continue;
    }
    assert.ok(differs in differences, differs);
    if (same) failures.push(`${name}: the difference ${differs} no longer occurs\n  both ${show(ours)}`);
    else if (ours.status !== expected.status || !ours.body.includes(expected.body)) {
      failures.push(`${name}: differs, but not as listed\n  reference ${show(theirs)}\n  ours      ${show(ours)}`);
    } else occurred.add(differs);
  }

  const named = [...Object.keys(differences), ...Object.keys(headerDifferences)];
  const listed = all.filter(({ differs }) => differs).length;
  console.log(`parity: ${all.length} requests compared, ${identical} identical, ${listed} listed differences of ${named.length} kinds, ${failures.length} unlisted`);
  assert.deepEqual(failures, [], `\n${failures.join('\n')}`);
  assert.deepEqual(named.filter((name) => !occurred.has(name)), [], 'differences that no longer occur');
});

const show = ({ status, headers, body }) => `${status} ${JSON.stringify(headers)} ${body.slice(0, 200)}`;
