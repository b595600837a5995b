// Child processes for local runs and tests: each in a process group of its own, awaited by its output, and killed when
// this process exits.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const running = new Set();

/** Settles as `promise` does, or fails after `ms` with an error that names `what` took too long. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether `port` of 127.0.0.1 can be listened on. */
export async function isFree(port) {
  const server = createServer();
  const taken = once(server, 'error').then(() => false);
  server.listen(port, '127.0.0.1');
  const free = once(server, 'listening').then(() => true);
  const result = await Promise.race([taken, free]);
  if (result) server.close();
  return result;
}

/** One child process and everything it has printed. */
class Process {
  #child;
  #waiting = new Set();
  output = '';

  constructor(command, args, { env, cwd, onLine }) {
    this.#child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this);
    this.exited = once(this.#child, 'exit').then(([code]) => {
      running.delete(this);
      for (const wait of this.#waiting) wait.fail(new Error(`${command} ended (${code}):\n${this.output}`));
      return code;
    });
    this.#child.on('error', (error) => {
      running.delete(this);
      for (const wait of this.#waiting) wait.fail(error);
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) onLine?.(line);
        for (const wait of this.#waiting) wait.look();
      });
    }
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves with the first match of `pattern` in the output; fails if the process ends before. */
  printed(pattern, ms = 120_000) {
    const match = new Promise((resolve, reject) => {
      const wait = {
        look: () => {
          const found = this.output.match(pattern);
          if (!found) return;
          this.#waiting.delete(wait);
          resolve(found);
        },
        fail: reject,
      };
      this.#waiting.add(wait);
      wait.look();
    });
    return within(ms, `${pattern} in the output`, match).catch((error) => {
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  /** Ends the process and everything it started. */
  async stop(signal = 'SIGINT') {
    if (!running.has(this)) return;
    this.kill(signal);
    await within(15_000, 'the end of a process', this.exited).catch(() => {
      this.kill('SIGKILL');
      return within(15_000, 'the end of a killed process', this.exited);
    });
  }

  kill(signal) {
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // the group has ended
    }
  }
}

/** Starts a program. `env` is the whole environment. */
export function start(command, args, options = {}) {
  return new Process(command, args, { env: process.env, cwd: root, ...options });
}

/** Ends everything that was started here. */
export async function stopAll() {
  await Promise.all([...running].map((child) => child.stop()));
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
