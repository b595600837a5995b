// All callables of the workspace behind one port, as `cargo lambda watch` simulates Lambda.

import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { callables } from '../functions.mjs';
import { clerkInstance } from './clerk.mjs';
import { root, start, within } from './process.mjs';

/** Variables of the shell that functions must not read: conda and others set a HOST that is not an address. */
const NOT_INHERITED = ['HOST', 'PORT'];

/**
 * Serves every callable on `port`, accepting tokens of the Auth emulator at `authEmulator`.
 * CORS is the functions' own: the simulator would hide what is wrong with it. `more` is added to their
 * environment.
 */
export async function startFunctions({ port, project, authEmulator, reload = false, onLine, more = {} }) {
  const args = ['lambda', 'watch', '-A', '127.0.0.1', '-P', String(port), '--disable-cors', '--features', 'emulator'];
  if (!reload) args.push('--ignore-changes');
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.includes(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${path.join(root, '.tools/venv/bin')}${path.delimiter}${process.env.PATH}`,
    // A target folder of its own: other features than the release's, and no waiting for its lock.
    CARGO_TARGET_DIR: path.join(root, '.tools/target'),
    // The simulator understands both modes from any function; streams then arrive as they are sent.
    CALLABLE_RESPONSE_MODE: 'stream',
    FIREBASE_PROJECT_ID: project,
    FIREBASE_AUTH_EMULATOR_HOST: authEmulator,
    ...clerkInstance().variables,
    ...more,
  };
  let tellProblem;
  const problem = new Promise((resolve) => { tellProblem = resolve; });
  const read = (line) => {
    const sentence = startProblem(line);
    if (sentence) tellProblem(sentence);
    onLine?.(line);
  };
  const watch = start('cargo', args, { env, onLine: read });
  const url = `http://127.0.0.1:${port}`;
  await watch.printed(/starting Runtime server/, 30_000);
  return { url, problem, exited: watch.exited, output: () => watch.output, stop: () => watch.stop() };
}

/** Why a function did not start, if this line of its log says so. The simulator then holds its calls for ever. */
export function startProblem(line) {
  try {
    const { level, target, message } = JSON.parse(line) ?? {};
    return level === 'ERROR' && target === 'shared::host::start' ? message : undefined;
  } catch {
    return undefined; // cargo's
  }
}

/**
 * Calls every callable once, so that it is compiled and running. Resolves with their names; fails after `ms` for
 * each, or when one of them has a `problem` at its start.
 */
export async function warmUp(url, { ms = 900_000, problem, watchdog } = {}) {
  const names = (await callables()).map(({ name }) => name);
  for (const name of names) {
    const over = new AbortController();
    const answered = watchdog?.waits(name);
    const failed = problem?.then((sentence) => {
      throw new Error(`${name} does not start: ${sentence}`);
    });
    try {
      const asked = untilAnswered(`${url}/${name}`, over.signal);
      const answer = await within(ms, `the build of ${name}`, failed ? Promise.race([asked, failed]) : asked);
      if (answer.status >= 500) throw new Error(`${name} answers ${answer.status}: ${await answer.text()}`);
    } finally {
      answered?.();
      over.abort();
    }
  }
  return names;
}

async function untilAnswered(url, signal) {
  // The simulator holds a request until the function is built; a preflight needs nothing else.
  while (!signal.aborted) {
    try {
      return await fetch(url, { method: 'OPTIONS', signal });
    } catch {
      // Not listening yet, or fetch's own five minutes are over and the build is not: ask again.
      await setTimeout(50);
    }
  }
  throw new Error(`${url} is not asked any more`);
}
