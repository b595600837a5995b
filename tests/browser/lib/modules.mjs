// The scripts of the tool's page, for tests without a browser. The crate's folder has no package.json that would say that
// its `.js` are modules, so each is loaded by its text.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { root } from '../../lib/process.mjs';

/** Loads a module that imports no other. */
export async function load(name) {
  const text = await readFile(path.join(root, 'crates/cargo-callable/src/run/page', name), 'utf8');
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}
