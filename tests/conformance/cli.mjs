#!/usr/bin/env node
// Checks one server from the command line. The exit code is 0 if nothing unexpected was found, 1 if something was, and 2
// if the arguments cannot be used.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { judge, unexpected } from './lib/judge.mjs';
import { makeKeys, serveKeys } from './lib/keys.mjs';
import { reasons, table } from './lib/table.mjs';
import { rows } from './rows/index.mjs';

const HELP = `callable-conformance --url URL [options]

  --url URL             where the callables are: the name is appended, or takes the place of {name}
  --callable NAME=URL   where one callable is (repeat it)
  --known FILE          JSON: {"differences": {row: reason}, "lacks": {callable: reason}}
  --tokens KIND         keys: the server reads the public keys of this run (--keys-port);
                        unsigned: the server is in emulator mode; none (default)
  --keys-port PORT      where this program serves the keys: /jwk and /x509
  --project ID          the project that the server accepts (default: my-app)
  --project-number N    its number (default: 1234567890)
  --only ID             only one row, such as P7.echo, or the rows of one rule, such as P7
  --name NAME           the name of the column
  --list                print the rows, and send nothing
`;

const options = {
  url: { type: 'string' }, callable: { type: 'string', multiple: true, default: [] }, known: { type: 'string' }, tokens: { type: 'string', default: 'none' },
  'keys-port': { type: 'string' }, project: { type: 'string', default: 'my-app' }, 'project-number': { type: 'string', default: '1234567890' },
  only: { type: 'string', default: '' }, name: { type: 'string', default: 'server' }, list: { type: 'boolean' }, help: { type: 'boolean' },
};

function parsed() {
  const { values } = parseArgs({ options });
  const callables = Object.fromEntries(values.callable.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error(`--callable ${pair}: it must be NAME=URL`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
  if (!['keys', 'unsigned', 'none'].includes(values.tokens)) throw new Error(`--tokens ${values.tokens}: it must be keys, unsigned or none`);
  if (values.tokens === 'keys' && !values['keys-port']) throw new Error('--tokens keys needs --keys-port, where the server reads the keys');
  if (!values.help && !values.list && !values.url && !values.callable.length) throw new Error('--url is missing');
  return { ...values, url: values.url?.replace(/\/$/, ''), callables };
}

async function main() {
  let args;
  let file = {};
  try {
    args = parsed();
    if (args.known) file = JSON.parse(await readFile(args.known, 'utf8'));
  } catch (error) {
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
  if (args.help) {
    console.log(HELP);
    return 0;
  }
  const isWanted = (id) => !args.only || id === args.only || id.startsWith(`${args.only}.`);
  const keys = makeKeys({ project: args.project, number: args['project-number'] });
  const wanted = rows(keys).filter(({ id }) => isWanted(id));
  if (args.list) {
    for (const { id, sentence, cases } of wanted) console.log(`${id}\t${sentence}\t${cases.length}`);
    return 0;
  }
  const served = args.tokens === 'keys' ? await serveKeys(keys, Number(args['keys-port'])) : undefined;
  const verdicts = await judge({ url: args.url, callables: args.callables, tokens: args.tokens, lacks: file.lacks }, wanted, args.project);
  served?.stop();
  const known = Object.fromEntries(Object.entries(file.differences ?? {}).filter(([id]) => isWanted(id)));
  const results = [{ name: args.name, verdicts, known }];
  console.log(`${table(results)}\n\n${reasons(results)}`);
  const problems = unexpected(verdicts, known);
  for (const problem of problems) console.error(`\nUNEXPECTED ${problem}`);
  return problems.length ? 1 : 0;
}

process.exitCode = await main();
