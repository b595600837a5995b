// The whole comparison: every server of servers/index.mjs, one after the other, with one set of keys.

import { stopAll } from '../lib/process.mjs';
import { judge, unexpected } from './lib/judge.mjs';
import { makeKeys, serveKeys } from './lib/keys.mjs';
import { rows } from './rows/index.mjs';
import { SERVERS, knownOf } from './servers/index.mjs';

const project = 'my-app';
const number = '1234567890';

/** For each server: name, verdicts, known differences, and what is unexpected. */
export async function compare(servers = SERVERS) {
  const keys = makeKeys({ project, number });
  const served = await serveKeys(keys);
  // Every server here gets keys, so that none is in emulator mode; conformance.test.mjs asks one that is.
  const all = rows(keys).filter(({ needs }) => needs !== 'unsigned');
  try {
    const results = [];
    for (const { name, known: files, start } of servers) {
      const { differences, lacks } = await knownOf(files);
      const server = await start({ project, number, keyPort: served.port });
      const verdicts = await judge({ ...server, tokens: 'keys', lacks }, all, project);
      results.push({ name, verdicts, known: differences, problems: unexpected(verdicts, differences) });
      await server.stop?.();
    }
    return results;
  } finally {
    await stopAll();
    served.stop();
  }
}
