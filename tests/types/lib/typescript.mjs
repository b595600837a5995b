// TypeScript's compiler, and an app of the real SDK.

import path from 'node:path';

import { deleteApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInAnonymously } from 'firebase/auth';
import { getFunctions } from 'firebase/functions';

import { root } from '../../lib/process.mjs';
import { run } from '../../tool/lib/tool.mjs';

const modules = path.join(root, 'tests/types/node_modules');

/** Runs the compiler; resolves with its exit code and output. */
export const tsc = (...words) => run(path.join(modules, '.bin/tsc'), words, { cwd: root, env: process.env });

/** Compiles a project; resolves with a function that imports one of its files, by its path in the checkout. */
export async function compiled(project) {
  const out = path.join(modules, '.compiled'); // there the SDK is found
  const { code, output } = await tsc('-p', project, '--outDir', out);
  if (code !== 0) throw new Error(output);
  return (file) => import(path.join(out, file));
}

let count = 0;

/** An app that calls `functions`, with a user if there is an emulator at `auth`. */
export async function sdk({ functions, auth }) {
  const app = initializeApp({ projectId: 'my-app', apiKey: 'any' }, `types-${(count += 1)}`);
  let user;
  if (auth) {
    const identity = initializeAuth(app, { persistence: inMemoryPersistence });
    connectAuthEmulator(identity, auth, { disableWarnings: true });
    ({ user } = await signInAnonymously(identity));
  }
  return { functions: getFunctions(app, functions), user, close: () => deleteApp(app) };
}
