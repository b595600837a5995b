// The tool, installed as the README says, and projects that it makes, in a folder outside the checkout: a folder below it
// would inherit the checkout's `.cargo/config.toml`.

import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';

import { root, stopAll } from '../../lib/process.mjs';

/** A new folder that is removed after the tests. Its name has a space, as many people's folders do. */
export async function folderOutside(name) {
  const folder = await mkdtemp(path.join(os.tmpdir(), `${name} `));
  after(async () => {
    await stopAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return folder;
}

/**
 * Installs the tool into `folder`. Cargo's home is a new one that shares the registry's cache with the user's, so that
 * nothing of the user's settings helps. What was compiled before is used again.
 */
export async function install(folder) {
  const home = path.join(folder, 'cargo-home');
  const usual = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo');
  await mkdir(home, { recursive: true });
  for (const shared of ['registry', 'config.toml']) {
    await symlink(path.join(usual, shared), path.join(home, shared)).catch(() => {});
  }
  const { MAKEFLAGS, MFLAGS, MAKELEVEL, NODE_TEST_CONTEXT, ...inherited } = process.env;
  const bin = path.join(folder, 'tool/bin');
  const environment = {
    ...inherited,
    CARGO_HOME: home,
    CARGO_TARGET_DIR: path.join(root, 'target'),
    PATH: [bin, path.join(root, '.tools/venv/bin'), process.env.PATH].join(path.delimiter),
  };
  const words = ['install', '--quiet', '--locked', '--debug', '--path', 'crates/cargo-callable', '--root', path.join(folder, 'tool')];
  execFileSync('cargo', words, { cwd: root, env: environment, stdio: 'inherit' });
  return environment;
}

/** Runs a program; resolves with its exit code and all that it printed. */
export async function run(program, words, { cwd, env }) {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, { cwd, env, maxBuffer: 64 << 20 });
    return { code: 0, output: stdout + stderr, stdout };
  } catch (error) {
    return { code: error.code ?? 1, output: `${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.message : ''}` };
  }
}

/** Makes a project with the tool. It gets this checkout's versions of dependencies, which are compiled already. */
export async function makeProject(folder, name, env) {
  const made = await run('cargo', ['callable', 'init', name], { cwd: folder, env });
  if (made.code !== 0) throw new Error(made.output);
  const project = path.join(folder, name);
  await copyFile(path.join(root, 'Cargo.lock'), path.join(project, 'Cargo.lock'));
  return project;
}
