// Kotlin's compiler, with the libraries of kotlinx.serialization.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { root } from '../../lib/process.mjs';
import { run } from '../../tool/lib/tool.mjs';

const home = path.join(root, 'tests/types');
const compiler = path.join(home, 'node_modules/kotlin-compiler');
const jars = path.join(root, '.tools/kotlin/run_kotlin_kernel/jars');
const java = process.env.PATH.split(path.delimiter).some((folder) => existsSync(path.join(folder, 'java')));

/** Why the Kotlin client cannot be compiled here; `false` if it can. */
export const noKotlin = java ? false : 'there is no Java: install a Java runtime, version 17 or later';

const inFolder = (folder, end) => readdirSync(folder).filter((file) => file.endsWith(end)).map((file) => path.join(folder, file));

/** Compiles a client with the program of `kotlin/`, and runs it against the functions at `url`. */
export async function roundTrip({ client, out, url }) {
  const libraries = [...inFolder(jars, '.jar').filter((file) => /serialization-(core|json)-jvm/.test(file)), path.join(compiler, 'lib/kotlinx-coroutines-core-jvm.jar')];
  const sources = [...inFolder(path.join(home, 'kotlin/stubs'), '.kt'), path.join(home, 'kotlin/Main.kt'), client];
  const plugin = `-Xplugin=${path.join(compiler, 'lib/kotlinx-serialization-compiler-plugin.jar')}`;
  const compiled = await run('bash', [path.join(compiler, 'bin/kotlinc'), plugin, '-Werror', '-cp', libraries.join(':'), ...sources, '-d', out], { cwd: home, env: process.env });
  if (compiled.code !== 0) return compiled;
  const classes = [out, ...libraries, path.join(compiler, 'lib/kotlin-stdlib.jar')];
  return run('java', ['-cp', classes.join(':'), 'MainKt', url], { cwd: home, env: process.env });
}
