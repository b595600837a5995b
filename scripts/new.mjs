// `make new NAME=send-invoice`: a callable with its test, its routes, its resources in template.yaml and its row in the
// README. STREAM=1 makes one that streams, WITH=dynamodb one that uses a table: scaffold/state.mjs has all kinds.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { functions, namesOf } from './functions.mjs';
import { root } from './local/process.mjs';
import { LAST_ROW, filesOf, rowOf, whyNot, whyNotWith } from './scaffold/function.mjs';
import { withRoutes } from './scaffold/router.mjs';
import { withResources } from './scaffold/template.mjs';

const { NAME: folder, STREAM } = process.env;
const kind = process.env.WITH || 'nothing';
const stream = STREAM === '1';
const at = (...parts) => path.join(root, ...parts);
const refuse = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

const problem = whyNot(folder) ?? whyNotWith(kind, stream);
if (problem) refuse(problem);
const names = namesOf(folder);
const others = await functions().catch((error) => refuse(error.message));
if (existsSync(at('functions', folder)) || others.some(({ name }) => name === names.name)) {
  refuse(`${folder} is taken: choose another name, or look at functions/${folder}`);
}

const edits = {
  'Cargo.toml': (text) => withRoutes(text, [...others, names]),
  'template.yaml': (text) => withResources(text, names, stream, kind),
  'README.md': (text) => text.replace(LAST_ROW, (row) => row + rowOf(names)),
};
const edited = Object.entries(edits).map(async ([file, edit]) => [at(file), edit(await readFile(at(file), 'utf8'))]);
const made = Object.entries(filesOf(names, stream, kind)).map(([file, text]) => [at('functions', folder, file), text]);
// All edits are computed before the first file is written, so that a template that cannot be read stops here.
for (const [file, text] of [...(await Promise.all(edited).catch((error) => refuse(error.message))), ...made]) {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
execFileSync('cargo', ['update', '--workspace', '--offline', '--quiet'], { cwd: root, stdio: 'inherit' });

console.log(`functions/${folder} is there, called ${names.name}. Next:

  edit functions/${folder}/src/handler.rs
  make check
  make run`);
