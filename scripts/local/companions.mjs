// Programs that a project wants beside its functions in a local run, such as a stand-in for another service:
// `[workspace.metadata.callable.run]` in the project's Cargo.toml.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { start } from './process.mjs';

/** What the manifest of the workspace at `home` asks for: variables of the functions, and commands to start. */
export async function askedBy(home) {
  const words = ['metadata', '--no-deps', '--offline', '--format-version', '1'];
  const { stdout } = await promisify(execFile)('cargo', words, { cwd: home, maxBuffer: 64 << 20 });
  const { environment = {}, commands = [] } = JSON.parse(stdout).metadata?.callable?.run ?? {};
  const isText = (value) => typeof value === 'string';
  const wrong = (what) => new Error(`[workspace.metadata.callable.run] in Cargo.toml: ${what}`);
  if (!Object.values(environment).every(isText)) throw wrong('each value of environment must be a text');
  for (const { command, ready } of commands) {
    if (!Array.isArray(command) || command.length === 0 || !command.every(isText) || !isText(ready)) {
      throw wrong('each of commands needs command = ["program", "argument"] and ready = "a text that it prints when it serves"');
    }
  }
  return { environment, commands };
}

/** Starts the commands in `home`, one after the other; resolves when each has printed its `ready` text. */
export async function startCompanions(home, commands, { onLine, over }) {
  for (const { command: [program, ...words], ready } of commands) {
    const child = start(program, words, { cwd: home, onLine });
    await child.printed(new RegExp(ready.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')), 60_000);
    child.exited.then((code) => over(new Error(`${program} ${words.join(' ')} ended by itself (${code})`)));
  }
}
