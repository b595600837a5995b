// The supervised simulator of the functions: a hang is noticed and reported, and so is an unexpected end.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startProblem } from '../../scripts/local/functions.mjs';
import { within } from '../../scripts/local/process.mjs';
import { supervise } from '../../scripts/local/supervise.mjs';

/** A promise, and what settles it. */
function settled() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** A supervised simulator that is simulated itself, and the sentences that were said. */
function world({ warmUp = async () => ['one'], stop = async () => {} } = {}) {
  const started = [];
  const said = [];
  const [again, over] = [settled(), settled()];
  const start = async (onLine) => {
    const exited = settled();
    started.push({ onLine, exited });
    return { url: 'http://127.0.0.1:1', exited: exited.promise, stop: async () => { await stop(); exited.resolve(0); } };
  };
  const say = (line) => {
    said.push(line);
    if (/runs again/.test(line)) again.resolve();
  };
  const running = supervise({ start, warmUp, patience: 50, say, over: over.resolve });
  return { running, started, said, again: again.promise, over: over.promise };
}
const soon = (what, promise) => within(10_000, what, promise);

test('a simulator that does not answer is reported, stopped and started again, and the end of the stopped one is not a failure', async () => {
  const { running, started, said, again, over } = world();
  const { watchdog, names, url } = await running;
  assert.deepEqual([names, url], [['one'], 'http://127.0.0.1:1']);
  watchdog.waits('one');
  await soon('the second start', again);
  assert.equal(started.length, 2);
  assert.match(said[0], /^one has not answered for 0.05 s, though nothing is being compiled: the simulator hangs/);
  let failed = false;
  over.then(() => { failed = true; });
  await started[0].exited.promise;
  await new Promise(setImmediate);
  assert.equal(failed, false);
  // The second simulator is supervised like the first.
  started[1].exited.resolve(137);
  assert.match((await soon('the end', over)).message, /ended by itself \(137\)/);
});

test('a simulator that cannot be stopped is reported at once', async () => {
  const { running, over } = world({ stop: async () => { throw new Error('the end of a killed process took longer than 15 s'); } });
  (await running).watchdog.waits('one');
  assert.match((await soon('the failure', over)).message, /^the end of a killed process/);
});

test('if a function never answers, the start fails with its name', async () => {
  const { running } = world({ warmUp: (_, watchdog) => new Promise(() => watchdog.waits('addMessage')) });
  await assert.rejects(soon('the failure', running), /^Error: addMessage has not answered for 0.05 s, though nothing is being compiled: its output is above/);
});

test('a start problem is the sentence of an ERROR line of the start, and of no other line', () => {
  const line = (members) => JSON.stringify({ level: 'ERROR', message: 'HOST is not an IP address', target: 'shared::host::start', ...members });
  for (const [text, expected] of [
    [line({}), 'HOST is not an IP address'],
    [line({ level: 'WARN' }), undefined],
    [line({ target: 'shared::callable::record' }), undefined],
    ['   Compiling shared v0.1.0', undefined],
    ['null', undefined],
    ['"text"', undefined],
    ['', undefined],
  ]) {
    assert.equal(startProblem(text), expected, text);
  }
});
