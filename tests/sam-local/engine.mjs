// A container engine for `sam local`: the one that runs on this machine, or one started here; and an image with only
// busybox and this machine's C library, which a function's binary needs, so that no image is pulled.

import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

import { root, start, within } from '../lib/process.mjs';

const run = promisify(execFile);

/** Why no engine can be started here; undefined if one can be started or already runs. */
export function whyNot() {
  if (process.arch !== 'x64' || !existsSync('/lib64/ld-linux-x86-64.so.2')) return 'the image is made for x86-64 Linux with glibc';
  if (!existsSync('/bin/busybox')) return 'busybox is not installed (Debian: busybox-static)';
  if (isRunning()) return undefined;
  if (!existsSync('/usr/sbin/dockerd') && !existsSync('/usr/bin/dockerd')) return 'no container engine runs, and dockerd is not installed (Debian: docker.io)';
  if (process.getuid() !== 0) return 'no container engine runs, and only root can start one';
  return undefined;
}

function isRunning(env = process.env) {
  try {
    execFileSync('docker', ['info'], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Resolves with the environment variables with which `docker` and `sam` reach the engine. */
export async function startEngine() {
  if (isRunning()) return { env: process.env, stop: async () => {} };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'engine-'));
  const host = `unix://${folder}/docker.sock`;
  const daemon = start('dockerd', [
    '--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--host', host, '--pidfile', `${folder}/pid`,
  ]);
  const env = { ...process.env, DOCKER_HOST: host };
  const ready = async () => {
    while (!isRunning(env)) await setTimeout(100);
  };
  await within(60_000, 'the start of dockerd', Promise.race([ready(), daemon.exited.then(() => Promise.reject(new Error(daemon.output)))]));
  return {
    env,
    stop: async () => {
      await daemon.stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const LIBRARIES = ['libc.so.6', 'libm.so.6', 'libpthread.so.0', 'libdl.so.2', 'libgcc_s.so.1'];

/** Imports the image under `name`, with `keys` to be served by {@link serveKeys}. */
export async function importImage(name, keys, env) {
  const image = await mkdtemp(path.join(os.tmpdir(), 'image-'));
  const at = (...parts) => path.join(image, ...parts);
  for (const folder of ['bin', 'lib64', 'lib/x86_64-linux-gnu', 'var/task', 'var/runtime', 'var/rapid', 'opt', 'tmp', 'etc', 'keys']) {
    await mkdir(at(folder), { recursive: true });
  }
  await cp(await realpath('/bin/busybox'), at('bin/busybox'));
  for (const command of ['sh', 'mv', 'chmod', 'cp', 'rm', 'ls', 'cat', 'mkdir']) await symlink('busybox', at('bin', command));
  await cp(await realpath('/lib64/ld-linux-x86-64.so.2'), at('lib64/ld-linux-x86-64.so.2'));
  for (const library of LIBRARIES) {
    await cp(await realpath(`/lib/x86_64-linux-gnu/${library}`), at('lib/x86_64-linux-gnu', library));
  }
  await writeFile(at('keys/jwks.json'), keys);
  await writeFile(at('etc/httpd.conf'), '.json:application/json\n');
  const changes = ['WORKDIR /var/task', 'ENV PATH=/bin:/usr/bin'];
  const tar = path.join(image, '..', `${path.basename(image)}.tar`);
  await run('tar', ['-C', image, '-cf', tar, '.']);
  await run('docker', ['import', '--platform', 'linux/amd64', ...changes.flatMap((change) => ['-c', change]), tar, name], { env });
  await rm(image, { recursive: true });
  await rm(tar);
}

/** Where the function finds the keys: on its container's loopback, since http is allowed only there. */
export const keysUrl = 'http://127.0.0.1:9911/jwks.json';

/** Serves the keys in the container of the function. */
export async function serveKeys(image, env) {
  const { stdout } = await run('docker', ['ps', '--format', '{{.ID}} {{.Image}}'], { env });
  const container = stdout.split('\n').find((line) => line.split(' ')[1]?.startsWith(image.split(':')[0]));
  if (!container) throw new Error(`no container of ${image} runs:\n${stdout}`);
  await run('docker', ['exec', container.split(' ')[0], 'busybox', 'httpd', '-p', '127.0.0.1:9911', '-h', '/keys', '-c', '/etc/httpd.conf'], { env });
}

/** The pinned SAM CLI; cargo-lambda builds with the machine's own compiler. */
export const samEnvironment = (env) => ({
  ...env,
  PATH: `${path.join(root, '.tools/venv/bin')}${path.delimiter}${env.PATH}`,
  SAM_CLI_TELEMETRY: '0',
  CARGO_LAMBDA_COMPILER: 'cargo',
  CARGO_TARGET_DIR: path.join(root, 'target'),
});
