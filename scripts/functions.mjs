// The functions of the workspace: their folders, and what each manifest declares in `[package.metadata.function]`. The
// watch router in Cargo.toml, the templates, the README's table and the local run must agree with it.

import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { root } from './local/process.mjs';

/** The kinds of functions: a callable, or plain HTTP such as a webhook. */
export const KINDS = ['callable', 'http'];

/** The form of a public name, which becomes the last part of a URL's path. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/**
 * The names of the function in a folder. `send-invoice` is called `sendInvoice` unless its manifest declares another
 * public name; it is handled by `send_invoice` and deployed as `SendInvoiceFunction`.
 */
export function namesOf(folder, declared = undefined) {
  const camelCase = folder.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const name = declared ?? camelCase;
  return {
    folder, name, routes: routesOf(name),
    handler: folder.replaceAll('-', '_'), logicalId: `${camelCase[0].toUpperCase()}${camelCase.slice(1)}Function`,
  };
}

/** The paths of a function: the one that `getFunctions(app, origin)` calls, and the one of `connectFunctionsEmulator`. */
const routesOf = (name) => [`/${name}`, `/{project}/{region}/${name}`];

/** Every function of the workspace at `at`, sorted by folder: its names, its routes and its kind. */
export async function functions(at = root) {
  const words = ['metadata', '--no-deps', '--offline', '--format-version', '1'];
  const { stdout } = await promisify(execFile)('cargo', words, { cwd: at, maxBuffer: 64 << 20 });
  const home = path.join(await realpath(at), 'functions');
  return JSON.parse(stdout).packages
    .map(({ manifest_path: manifest, metadata }) => ({ home: path.dirname(manifest), declared: metadata?.function }))
    .filter(({ home: folder }) => path.dirname(folder) === home)
    .map(({ home: folder, declared }) => functionOf(path.basename(folder), declared))
    .sort((one, other) => (one.folder < other.folder ? -1 : 1));
}

/** Those that are callables. */
export async function callables(at = root) {
  return (await functions(at)).filter(({ kind }) => kind === 'callable');
}

function functionOf(folder, { kind, name, stream = false } = {}) {
  const file = `functions/${folder}/Cargo.toml`;
  if (!KINDS.includes(kind)) {
    throw new Error(`${file} does not declare its kind: write kind = "${KINDS.join('" or "')}" into [package.metadata.function]`);
  }
  if (name !== undefined && !(typeof name === 'string' && NAME.test(name))) {
    throw new Error(`${file} declares a public name that cannot stand in a URL: write name = "sendInvoice" or leave the line out`);
  }
  return { ...namesOf(folder, name), kind, stream };
}
