// `make new NAME=send-invoice`: a callable with its test, its routes, its place in template.yaml and its row
// in the README. STREAM=1 makes one that streams.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { root } from './local/process.mjs';
import { BEFORE_RESOURCE, LAST_ROW, filesOf, namesOf, resourceOf, routesOf, rowOf, whyNot } from './scaffold/function.mjs';

const { NAME: folder, STREAM } = process.env;
const stream = STREAM === '1';

const refuse = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

const problem = whyNot(folder);
if (problem) refuse(problem);
const names = namesOf(folder);
const at = (...parts) => path.join(root, ...parts);
const manifest = await readFile(at('Cargo.toml'), 'utf8');
if (existsSync(at('functions', folder)) || manifest.includes(`"/${names.name}" =`)) {
  refuse(`${folder} is taken: choose another name, or look at functions/${folder}`);
}

const edited = {
  'Cargo.toml': `${manifest.trimEnd()}\n${routesOf(names)}`,
  'template.yaml': (await readFile(at('template.yaml'), 'utf8')).replace(BEFORE_RESOURCE, () => resourceOf(names, stream) + BEFORE_RESOURCE),
  'README.md': (await readFile(at('README.md'), 'utf8')).replace(LAST_ROW, (row) => row + rowOf(names)),
};
for (const [file, text] of Object.entries(filesOf(names, stream))) {
  await mkdir(path.dirname(at('functions', folder, file)), { recursive: true });
  await writeFile(at('functions', folder, file), text);
}
for (const [file, text] of Object.entries(edited)) await writeFile(at(file), text);
execFileSync('cargo', ['update', '--workspace', '--offline', '--quiet'], { cwd: root, stdio: 'inherit' });

console.log(`functions/${folder} is there, called ${names.name}. Next:

  edit functions/${folder}/src/handler.rs
  make check
  make run`);
