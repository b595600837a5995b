// Runs all functions of the workspace behind one port, in `cargo lambda watch`, which simulates Lambda.

import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { callables } from '../functions.mjs';
import { clerkInstance } from './clerk.mjs';
import { root, start, within } from './process.mjs';

/** Variables of the shell that functions must not inherit: conda, for one, sets a HOST that is not an address. */
const NOT_INHERITED = ['HOST', 'PORT'];

/**
 * Serves every callable of the workspace at `home` on `port`, accepting tokens of the Auth emulator at `authEmulator`.
 * The simulator's own CORS is off, since it would hide mistakes in the functions'. `more` is added to their
 * environment.
 */
export async function startFunctions({ port, project, authEmulator, home = root, reload = false, onLine, more = {} }) {
  const args = ['lambda', 'watch', '-A', '127.0.0.1', '-P', String(port), '--disable-cors', '--features', 'emulator'];
  if (!reload) args.push('--ignore-changes');
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.includes(name));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: `${path.join(root, '.tools/venv/bin')}${path.delimiter}${process.env.PATH}`,
    // A separate target folder: the features differ from the release's, and cargo locks a target folder while it builds.
    CARGO_TARGET_DIR: path.join(root, '.tools/target'),
    // The simulator accepts both response modes from every function; with this one, chunks arrive as they are sent.
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
  const watch = start('cargo', args, { cwd: home, env, onLine: read });
  const url = `http://127.0.0.1:${port}`;
  await watch.printed(/starting Runtime server/, 30_000);
  return { url, problem, exited: watch.exited, output: () => watch.output, stop: () => watch.stop() };
}

/** Why a function did not start, if this line of its log says so. The simulator then never answers its calls. */
export function startProblem(line) {
  try {
    const { level, target, message } = JSON.parse(line) ?? {};
    return level === 'ERROR' && target === 'shared::host::start' ? message : undefined;
  } catch {
    return undefined; // a line of cargo's output
  }
}

/**
 * Calls every callable once, so that it is compiled and running. Resolves with their names; fails when one takes longer
 * than `ms`, or when `problem` resolves with the reason why one did not start.
 */
export async function warmUp(url, { home = root, ms = 900_000, problem, watchdog } = {}) {
  const names = (await callables(home)).map(({ name }) => name);
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
  // The simulator answers once the function is built; a preflight needs neither a token nor data.
  while (!signal.aborted) {
    try {
      return await fetch(url, { method: 'OPTIONS', signal });
    } catch {
      // The simulator does not listen yet, or the build takes longer than fetch waits (five minutes): try again.
      await setTimeout(50);
    }
  }
  throw new Error(`${url} was not answered in time`);
}
