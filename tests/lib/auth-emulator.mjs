// The Firebase Auth emulator: real sign-in with unsigned tokens, without a cloud account or Java.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort, root, start } from './process.mjs';

const firebase = path.join(root, 'crates/cargo-callable/tools/auth-emulator/node_modules/firebase-tools/lib/bin/firebase.js');

/** Starts the emulator for `project` on `port`, and resolves when it answers. */
export async function startAuthEmulator({ project, port }) {
  const folder = path.join(root, '.tools/auth-emulator', String(port));
  await mkdir(folder, { recursive: true });
  const listen = async (fixed) => ({ host: '127.0.0.1', port: fixed ?? (await freePort()) });
  const config = {
    emulators: {
      auth: await listen(port),
      hub: await listen(),
      logging: await listen(),
      ui: { enabled: false },
      singleProjectMode: true,
    },
  };
  await writeFile(path.join(folder, 'firebase.json'), JSON.stringify(config));
  const args = [firebase, 'emulators:start', '--only', 'auth', '--project', project];
  // With CI=1 and a configuration folder of its own, the CLI asks no questions.
  const env = { ...process.env, CI: '1', XDG_CONFIG_HOME: folder, FORCE_COLOR: '0' };
  const emulator = start(process.execPath, args, { cwd: folder, env });
  await emulator.printed(/All emulators ready/);
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, exited: emulator.exited, stop: () => emulator.stop() };
}
