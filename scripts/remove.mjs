// `make remove NAME=send-invoice`: takes away what `make new` made. Work that exists nowhere else stays,
// unless FORCE=1.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { root } from './local/process.mjs';
import { filesOf, namesOf, resourcesOf, routesOf, whyNot } from './scaffold/function.mjs';

const { NAME: folder, FORCE } = process.env;
const at = (...parts) => path.join(root, ...parts);
const refuse = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

const problem = whyNot(folder)?.replace('make new', 'make remove');
if (problem) refuse(problem);
if (!existsSync(at('functions', folder))) refuse(`There is no functions/${folder}`);
const names = namesOf(folder);
if (FORCE !== '1' && !(await isScaffold()) && !isCommitted()) {
  refuse(`functions/${folder} has changes that are not committed: commit them first, or: make remove NAME=${folder} FORCE=1`);
}

const template = await readFile(at('template.yaml'), 'utf8');
if (/^ +Preflight\w+: /m.test(blockOf(template, names.logicalId))) {
  refuse(`${names.name} also answers preflights of unknown routes: move its Preflight… events in template.yaml to another callable first`);
}
// What would be left of it elsewhere, such as a throttle of its route, would stop the next deployment.
const left = resourcesOf(names).reduce(withoutResource, template).split('\n');
const more = left.filter((line) => line.includes(`~1${names.name}`) || new RegExp(`\\b${names.logicalId}\\b`).test(line));
if (more.length > 0) refuse(`template.yaml says more of ${names.name}: take this out first\n${more.join('\n')}`);

/** Whether the folder is as `make new` left it. */
async function isScaffold() {
  const entries = await readdir(at('functions', folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const isMade = async (stream) => {
    const made = Object.entries(filesOf(names, stream));
    if (made.length !== files.length) return false;
    const same = made.map(async ([file, text]) => (await readFile(at('functions', folder, file), 'utf8').catch(() => '')) === text);
    return (await Promise.all(same)).every(Boolean);
  };
  return (await isMade(false)) || isMade(true);
}

function isCommitted() {
  try {
    const changed = execFileSync('git', ['status', '--porcelain', '--', `functions/${folder}`], { cwd: root, encoding: 'utf8' });
    return changed === '';
  } catch {
    return false;
  }
}

/** Where the block of `key` at two blanks of indentation is, with its comments: the first line, and that after the last. */
function linesOf(lines, key) {
  const first = lines.indexOf(`  ${key}:`);
  if (first < 0) return [0, 0];
  let start = first;
  while (lines[start - 1]?.startsWith('  #')) start -= 1;
  let end = first + 1;
  while (end < lines.length && (lines[end] === '' || lines[end].startsWith('   '))) end += 1;
  return [start, end];
}

function blockOf(text, key) {
  const lines = text.split('\n');
  return lines.slice(...linesOf(lines, key)).join('\n');
}

function withoutResource(text, key) {
  const lines = text.split('\n');
  const [start, end] = linesOf(lines, key);
  return [...lines.slice(0, start), ...lines.slice(end)].join('\n');
}

const edits = {
  'Cargo.toml': (text) => text.replace(routesOf(names), ''),
  'template.yaml': (text) => resourcesOf(names).reduce(withoutResource, text),
  'README.md': (text) => text.split('\n').filter((line) => !line.startsWith(`| [\`${names.name}\`](`)).join('\n'),
};
for (const [file, edit] of Object.entries(edits)) {
  await writeFile(at(file), edit(await readFile(at(file), 'utf8')));
}
await rm(at('functions', folder), { recursive: true });
execFileSync('cargo', ['update', '--workspace', '--offline', '--quiet'], { cwd: root, stdio: 'inherit' });
console.log(`functions/${folder} is gone.`);
