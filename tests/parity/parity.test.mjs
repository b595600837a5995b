// Sends the same requests to the reference server and to ours, and compares status, headers and bodies byte for byte.
// Every allowed difference is named in differences.mjs.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { root, start, stopAll, within } from '../lib/process.mjs';
import { cases } from './cases.mjs';
import { differences, headerDifferences } from './differences.mjs';

const project = 'my-app';
const number = '1234567890';
const kid = 'test-key';
const now = Math.floor(Date.now() / 1000);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (claims, header) => {
  const message = `${part({ alg: 'RS256', kid, typ: 'JWT', ...header })}.${part(claims)}`;
  return `${message}.${sign('RSA-SHA256', Buffer.from(message), privateKey).toString('base64url')}`;
};
const token = (claims = {}, header = {}) => signed({
  iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'ada', user_id: 'ada',
  auth_time: now - 60, iat: now - 60, exp: now + 3000, firebase: { sign_in_provider: 'custom', identities: {} }, ...claims,
}, header);
const appToken = (claims = {}, header = {}) => signed({
  iss: `https://firebaseappcheck.googleapis.com/${number}`, aud: [`projects/${number}`, `projects/${project}`],
  sub: `1:${number}:web:abc`, iat: now - 60, exp: now + 3000, ...claims,
}, header);

/** The whole answer to one request, which is sent byte for byte as given. */
function send(port, { method, path, headers, body }) {
  const answer = new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: { connection: 'close', ...headers } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
  return within(30_000, `${method} ${path}`, answer);
}

// Headers that are not part of the protocol: date, length and kind of connection.
const NOISE = ['date', 'etag', 'connection', 'keep-alive', 'x-powered-by', 'transfer-encoding', 'content-length'];

function normalised({ status, headers, body }) {
  const kept = Object.entries(headers).filter(([name]) => !NOISE.includes(name)).sort();
  return { status, headers: Object.fromEntries(kept), body };
}

let keys;
let referencePort;
let port;

/** Serves the key documents that both ask for: JWK sets, and PEM by key id for firebase-admin. */
async function startKeys() {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json; charset=UTF-8');
    response.setHeader('cache-control', 'public, max-age=21600');
    response.end(JSON.stringify(request.url.includes('x509') ? { [kid]: pem } : { keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Starts a program that prints where it listens, and yields the port. */
async function startServer(command, args, env) {
  const server = start(command, args, { env });
  const [, port] = await server.printed(/listening on 127\.0\.0\.1:(\d+)/);
  return Number(port);
}

before(async () => {
  keys = await startKeys();
  const keyPort = keys.address().port;
  referencePort = await startServer(process.execPath, [path.join(root, 'tests/parity/reference.mjs')], {
    PATH: process.env.PATH, GCLOUD_PROJECT: project, KEY_PORT: String(keyPort),
  });
  port = await startServer(path.join(root, 'target/debug/examples/parity'), [], {
    FIREBASE_PROJECT_ID: project,
    FIREBASE_ID_TOKEN_KEYS_URL: `http://127.0.0.1:${keyPort}/jwk`,
    FIREBASE_APP_CHECK_KEYS_URL: `http://127.0.0.1:${keyPort}/v1/jwks`,
  });
}, { timeout: 60_000 });

after(async () => {
  await stopAll();
  keys.closeAllConnections();
  keys.close();
});

test('both servers give the same answer to every request, except for the named differences', async () => {
  const all = cases({ token, appToken, project, number, now });
  assert.ok(all.length >= 150, `${all.length} requests`);
  const occurred = new Set();
  const failures = [];
  let identical = 0;

  for (const { name, request, differs, ours: expected } of all) {
    const theirs = normalised(await send(referencePort, request));
    const ours = normalised(await send(port, request));
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
