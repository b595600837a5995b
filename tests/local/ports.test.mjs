// The ports of `make run`: a wrong one ends it with a sentence that says how to set it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';

import { portsOf } from '../../scripts/local/ports.mjs';
import { root, start, stopAll } from '../../scripts/local/process.mjs';

after(stopAll);

const defaults = { PORT: 9000, PAGE_PORT: 5000 };

test('reads ports, and treats an empty variable as unset', () => {
  assert.deepEqual(portsOf({}, defaults), defaults);
  assert.deepEqual(portsOf({ PORT: '', PAGE_PORT: '65535' }, defaults), { PORT: 9000, PAGE_PORT: 65_535 });
});

test('says in one sentence what is wrong with a port', () => {
  const sentence = 'PORT is not a port: set it to a number from 1 to 65535, as in: make run PORT=9000';
  for (const PORT of ['abc', '0', '65536', '-1', '1.5', '0x50', ' 80', '1e3', '99999999999']) {
    assert.throws(() => portsOf({ PORT }, defaults), { message: sentence }, PORT);
  }
  assert.throws(() => portsOf({ PORT: '5000' }, defaults), { message: 'PAGE_PORT and PORT are both 5000: set one of them to another port' });
});

test('make run ends with that sentence, and with the one about a port that is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const taken = server.address().port;
  for (const [variables, sentence] of [
    [{ PORT: 'abc' }, 'PORT is not a port: set it to a number from 1 to 65535, as in: make run PORT=9000'],
    [{ AUTH_PORT: '1x' }, 'AUTH_PORT is not a port: set it to a number from 1 to 65535, as in: make run AUTH_PORT=9099'],
    [{ PAGE_PORT: String(taken) }, `Port ${taken} is taken: choose another one, as in: make run PAGE_PORT=${taken + 1}`],
  ]) {
    const run = start(process.execPath, [path.join(root, 'scripts/run.mjs')], { env: { ...process.env, ...variables } });
    assert.equal(await run.exited, 1);
    assert.equal(run.output.trim(), sentence);
  }
  server.close();
});
