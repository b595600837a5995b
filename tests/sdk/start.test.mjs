// A local run whose functions cannot start, and one in a shell that has set variables which the functions read.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { startFunctions, warmUp } from '../../scripts/local/functions.mjs';
import { freePort, stopAll } from '../../scripts/local/process.mjs';

let functions;
const started = async (settings) => {
  functions = await startFunctions({ port: await freePort(), project: 'demo-app', authEmulator: 'firebase:9099', ...settings });
  return functions;
};
afterEach(() => functions?.stop());
after(stopAll);

test('if a function does not start, the wait for it ends with its error sentence', { timeout: 1_200_000 }, async () => {
  const { url, problem } = await started({ project: 'My App' });
  await assert.rejects(warmUp(url, { problem }), /^Error: \w+ does not start: FIREBASE_PROJECT_ID is not a project id: set it to the id/);
});

test("a shell's own HOST and PORT do not keep functions from starting", { timeout: 1_200_000 }, async (context) => {
  const { HOST, PORT } = process.env;
  context.after(() => Object.assign(process.env, HOST === undefined ? {} : { HOST }, PORT === undefined ? {} : { PORT }));
  Object.assign(process.env, { HOST: 'x86_64-conda-linux-gnu', PORT: 'abc' });
  const { url, problem } = await started();
  delete process.env.HOST;
  delete process.env.PORT;
  assert.ok((await warmUp(url, { problem })).includes('returnAuthenticatedMessage'));
});
