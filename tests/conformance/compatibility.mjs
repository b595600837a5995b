// Writes the tables of docs/compatibility.md (--write), or checks that they are current: servers against the rows of the
// protocol, and client SDKs against our callables.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { root } from '../lib/process.mjs';
import { replaced } from './lib/markers.mjs';
import { reasons, table } from './lib/table.mjs';
import { compare } from './run.mjs';

const file = path.join(root, 'docs/compatibility.md');

/** The document, as it should be with these results. */
export const withServers = (document, results) => replaced(document, 'servers', `${table(results)}\n\n${reasons(results)}`);

/** Ends with 1 if something is unexpected, or if the document is not current and is not to be written. */
async function main() {
  const { sdkTable } = await import('./sdks/matrix.mjs');
  const results = await compare();
  const document = await readFile(file, 'utf8');
  const sdks = await sdkTable();
  const current = replaced(withServers(document, results), 'SDKs', sdks.text);
  const problems = [...results.flatMap(({ name, problems: found }) => found.map((problem) => `${name}: ${problem}`)), ...sdks.problems];
  if (process.argv.includes('--write')) await writeFile(file, current);
  else if (document !== current) problems.push(`${path.relative(root, file)} is not current: make compatibility FLAGS=--write`);
  for (const problem of problems) console.error(problem);
  console.log(results.map(({ name, verdicts }) => `${name}: ${verdicts.filter(({ verdict }) => verdict === 'passed').length} of ${verdicts.length}`).join('\n'));
  process.exitCode = problems.length ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
