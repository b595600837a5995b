// `make remove NAME=send-invoice`: deletes what `make new` made. A folder with changes that are not committed is kept,
// unless FORCE=1.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { functions } from './functions.mjs';
import { root } from './local/process.mjs';
import { filesOf, isRowOf, whyNot } from './scaffold/function.mjs';
import { KINDS_OF_STATE } from './scaffold/state.mjs';
import { withRoutes } from './scaffold/router.mjs';
import { eventsOf, hasTable, linesNaming, withoutResources } from './scaffold/template.mjs';

const { NAME: folder, FORCE } = process.env;
const at = (...parts) => path.join(root, ...parts);
const refuse = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

const problem = whyNot(folder)?.replace('make new', 'make remove');
if (problem) refuse(problem);
if (!existsSync(at('functions', folder))) refuse(`There is no functions/${folder}`);
const all = await functions().catch((error) => refuse(error.message));
const names = all.find((one) => one.folder === folder) ?? refuse(`functions/${folder} is not a member of the workspace`);
if (FORCE !== '1' && !(await isScaffold()) && !isCommitted()) {
  refuse(`functions/${folder} has changes that are not committed: commit them first, or: make remove NAME=${folder} FORCE=1`);
}

const template = await readFile(at('template.yaml'), 'utf8');
const withoutFunction = templateWithout();

/** The edited template. Ends the program with a sentence if parts of it have to be moved first. */
function templateWithout() {
  try {
    if (eventsOf(template, names).some((id) => id.startsWith('Preflight'))) {
      refuse(`${names.name} also answers preflights of unknown routes: move its Preflight… events in template.yaml to another callable first`);
    }
    const edited = withoutResources(template, names);
    // A reference that is left, such as the throttle of its route, would stop the next deployment.
    const left = linesNaming(edited, names);
    if (left.length > 0) refuse(`template.yaml names ${names.name} in other places: take these lines out first\n${left.join('\n')}`);
    return edited;
  } catch (error) {
    return refuse(error.message);
  }
}

/** Whether the folder is as `make new` left it. */
async function isScaffold() {
  const entries = await readdir(at('functions', folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const isMade = async (stream, kind) => {
    const made = Object.entries(filesOf(names, stream, kind));
    if (made.length !== files.length) return false;
    const same = made.map(async ([file, text]) => (await readFile(at('functions', folder, file), 'utf8').catch(() => '')) === text);
    return (await Promise.all(same)).every(Boolean);
  };
  const kinds = await Promise.all(KINDS_OF_STATE.map((kind) => isMade(false, kind)));
  return kinds.includes(true) || isMade(true, 'nothing');
}

function isCommitted() {
  try {
    const changed = execFileSync('git', ['status', '--porcelain', '--', `functions/${folder}`], { cwd: root, encoding: 'utf8' });
    return changed === '';
  } catch {
    return false;
  }
}

const edits = {
  'Cargo.toml': (text) => withRoutes(text, all.filter((one) => one.folder !== folder)),
  'template.yaml': () => withoutFunction,
  'README.md': (text) => {
    const isRow = isRowOf(names);
    return text.split('\n').filter((line) => !isRow(line)).join('\n');
  },
};
for (const [file, edit] of Object.entries(edits)) {
  await writeFile(at(file), edit(await readFile(at(file), 'utf8')));
}
await rm(at('functions', folder), { recursive: true });
execFileSync('cargo', ['update', '--workspace', '--offline', '--quiet'], { cwd: root, stdio: 'inherit' });
const table = hasTable(template, names) && (hasTable(withoutFunction, names)
  ? ' Its table is still in template.yaml, because another part of it uses the table.'
  : ' Its table is no longer in template.yaml; a deployed one stays in your account.');
console.log(`functions/${folder} is gone.${table || ''}`);
