// Functions that cannot start, and a shell that has set variables which the functions read.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startLocal } from '../lib/local.mjs';
import { stopAll } from '../lib/process.mjs';

after(stopAll);

test("a shell's own HOST and PORT do not keep functions from starting, and one that does not start says why to its callers", { timeout: 1_200_000 }, async () => {
  const { url, output } = await startLocal({ variables: { HOST: 'x86_64-conda-linux-gnu', ALLOWED_ORIGINS: 'not an origin' } });
  const answer = await fetch(`${url}/returnAuthenticatedMessage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"data":{}}' });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  const { error } = await answer.json();
  assert.equal(error.status, 'UNAVAILABLE');
  assert.match(error.message, /^functions\/return-authenticated-message does not start: ALLOWED_ORIGINS cannot be used/);
  assert.match(output(), /ALLOWED_ORIGINS/);
});
