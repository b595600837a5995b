// The suite itself: what it reports of Google's servers and of ours is what docs/compatibility.md says, and it notices a
// server that is wrong and a known difference that does not occur.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { withServers } from './compatibility.mjs';
import { compare } from './run.mjs';
import { makeKeys } from './lib/keys.mjs';
import { rows } from './rows/index.mjs';
import { CALLABLES, SERVERS, knownOf, program } from './servers/index.mjs';

after(stopAll);

/** The command line: its exit code and what it prints. */
const run = (...args) => new Promise((resolve) => {
  execFile(process.execPath, [path.join(root, 'tests/conformance/cli.mjs'), ...args], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
});

/** A server that gives every request the same answer. */
async function answering(status, headers, body) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

async function file(content) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'conformance-'));
  const name = path.join(folder, 'known.json');
  await writeFile(name, JSON.stringify(content));
  return { name, remove: () => rm(folder, { recursive: true }) };
}

const all = rows(makeKeys({ project: 'my-app', number: '1' }));

test('no server differs unexpectedly, and docs/compatibility.md says what they answer', async () => {
  const results = await compare();
  for (const { name, verdicts } of results) {
    const of = (wanted) => verdicts.filter(({ verdict }) => verdict === wanted).length;
    console.log(`conformance: ${name}: ${of('passed')} rows as expected, ${of('differs')} known differences, ${of('skipped')} not applicable`);
  }
  assert.deepEqual(results.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`)), []);
  const document = await readFile(path.join(root, 'docs/compatibility.md'), 'utf8');
  assert.ok(withServers(document, results) === document, 'docs/compatibility.md is not current: make compatibility FLAGS=--write');
});

test('every row has an id of its own, a rule that docs/protocol.md has, and a case', async () => {
  const rules = new Set([...(await readFile(path.join(root, 'docs/protocol.md'), 'utf8')).matchAll(/^- \*\*(P\d+)\*\*/gm)].map(([, rule]) => rule));
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  assert.deepEqual(all.filter(({ id, cases }) => !rules.has(id.split('.')[0]) || cases.length === 0), []);
  assert.ok(all.length >= 100, `${all.length} rows`);
});

test('a callable that a row asks is in the list of the README, and each of the list is asked', async () => {
  const readme = await readFile(path.join(root, 'tests/conformance/README.md'), 'utf8');
  const [, list] = readme.match(/## What a server must offer\n([^]*?)\n## /);
  const listed = [...list.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);
  const asked = new Set(all.flatMap(({ cases }) => cases.map(({ request }) => request.callable)));
  asked.delete('missing');
  assert.deepEqual([...asked].sort(), [...listed].sort());
  assert.deepEqual([...CALLABLES].sort(), [...listed].sort());
});

test('known differences are of rows that exist, and each has a reason', async () => {
  const ids = new Set(all.map(({ id }) => id));
  for (const { name, known } of SERVERS) {
    const { differences, lacks } = await knownOf(known);
    for (const [id, reason] of Object.entries(differences)) assert.ok(ids.has(id) && reason, `${name}: ${id}`);
    for (const reason of Object.values(lacks)) assert.ok(reason, name);
  }
});

test('a server that answers everything in the same way fails nearly every row', async () => {
  const answers = [[200, { 'content-type': 'application/json' }, '{"result":null}'], [500, { 'content-type': 'text/html' }, '<html>'], [200, {}, '']];
  for (const answer of answers) {
    const server = await answering(...answer);
    const { code, stderr } = await run('--url', server.url);
    server.stop();
    assert.equal(code, 1);
    const differing = stderr.match(/^UNEXPECTED /gm).length;
    assert.ok(differing >= 60, `${differing} rows differ for ${answer[2]}`);
  }
});

test('a server that is not there is not conforming', async () => {
  const { code, stdout } = await run('--url', 'http://127.0.0.1:1', '--only', 'P1');
  assert.equal(code, 1);
  assert.doesNotMatch(stdout, /\| yes \|/);
});

test('a server in emulator mode accepts unsigned tokens; without the mode, the row fails', async () => {
  const project = 'demo-my-app';
  for (const [variables, code] of [[{ EMULATED: '1', FIREBASE_AUTH_EMULATOR_HOST: '127.0.0.1:1' }, 0], [{}, 1]]) {
    const server = start(program, [], { env: { FIREBASE_PROJECT_ID: project, PORT: '0', ...variables } });
    const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
    const { code: found, stdout } = await run('--url', `http://${address}`, '--tokens', 'unsigned', '--project', project, '--only', 'P11.emulated');
    assert.equal(found, code, stdout);
  }
});

test('the command line serves the keys of its run to the server', async () => {
  const port = await freePort();
  const keys = `http://127.0.0.1:${port}/jwk`;
  const server = start(program, [], { env: { FIREBASE_PROJECT_ID: 'my-app', FIREBASE_ID_TOKEN_KEYS_URL: keys, FIREBASE_APP_CHECK_KEYS_URL: keys, PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  const { code, stdout } = await run('--url', `http://${address}`, '--tokens', 'keys', '--keys-port', String(port), '--only', 'P15');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /2 of 2 rows as expected/);
});

test('the command line reports a known difference that does not occur, and one that is not of a row', async () => {
  const server = start(program, [], { env: { FIREBASE_PROJECT_ID: 'my-app', PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  const stale = await file({ differences: { 'P2.twice': 'no', 'P2.nothing': 'no' } });
  const { code, stdout, stderr } = await run('--url', `http://${address}`, '--only', 'P2', '--known', stale.name);
  await stale.remove();
  assert.equal(code, 1);
  assert.match(stderr, /UNEXPECTED P2\.twice is a known difference that does not occur: no/);
  assert.match(stderr, /UNEXPECTED P2\.nothing is a known difference/);
  assert.match(stdout, /\| P2\.twice: .* \| yes \|/);
  const { code: passed, stdout: table } = await run('--url', `http://${address}/{name}`, '--only', 'P2');
  assert.equal(passed, 0);
  assert.match(table, /4 of 4 rows as expected/);
});

test('rows of callables that the server does not offer are not applicable', async () => {
  const lacks = await file({ lacks: { corsOff: 'there is always CORS', streaming: 'no streams' } });
  const { stdout } = await run('--url', 'http://127.0.0.1:1', '--known', lacks.name);
  await lacks.remove();
  assert.match(stdout, /n\/a, no corsOff: there is always CORS: P20\.off/);
  assert.match(stdout, /n\/a, no streaming: no streams: .*P22\.asked/);
});

test('arguments that cannot be used are one sentence and the help', async () => {
  const cases = [
    [[], '--url is missing'], [['--url', 'http://x', '--tokens', 'x'], 'keys, unsigned or none'], [['--callable', 'x'], 'NAME=URL'],
    [['--url', 'http://x', '--known', '/no/file'], 'ENOENT'], [['--url', 'http://x', '--tokens', 'keys'], '--keys-port'], [['--nothing'], '--nothing'],
  ];
  for (const [args, sentence] of cases) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2);
    assert.ok(stderr.includes(sentence) && stderr.includes('--list'), stderr);
  }
});
