// The processor that functions are deployed for: chosen before the build, and the same as that of the built programs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { root } from '../../scripts/local/process.mjs';

let folder;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'architecture-'));
  await cp(path.join(root, 'template.yaml'), path.join(folder, 'template.yaml'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The output of the script, or the sentence with which it fails. */
async function architecture(words, environment = {}) {
  const { ARCHITECTURE, ...inherited } = process.env;
  const script = [path.join(root, 'scripts/architecture.py'), ...words];
  const options = { cwd: folder, env: { ...inherited, ...environment } };
  try {
    const { stdout } = await promisify(execFile)(path.join(root, '.tools/venv/bin/python'), script, options);
    return { printed: stdout.trim() };
  } catch (error) {
    return { refused: error.stderr.trim() };
  }
}

const samconfig = (overrides) => writeFile(path.join(folder, 'samconfig.toml'), `version = 0.1
[default.deploy.parameters]
stack_name = "callables"
${overrides}
`);

describe('the choice', () => {
  for (const [what, config, ARCHITECTURE, expected] of [
    ['not given: the default of the template', undefined, '', { printed: 'arm64' }],
    ['asked for', undefined, 'x86_64', { printed: 'x86_64' }],
    ['kept as the guided deploy writes it', String.raw`parameter_overrides = "FirebaseProjectId=\"my-app\" Architecture=\"x86_64\" MemorySize=\"256\""`, '', { printed: 'x86_64' }],
    ['kept as a list', 'parameter_overrides = ["Architecture=x86_64", "MemorySize=256"]', '', { printed: 'x86_64' }],
    ['kept in the long form', 'parameter_overrides = "ParameterKey=Architecture,ParameterValue=x86_64"', '', { printed: 'x86_64' }],
    ['kept, and asked for again', 'parameter_overrides = "Architecture=x86_64"', 'x86_64', { printed: 'x86_64' }],
    ['kept without it', 'parameter_overrides = "MemorySize=256"', '', { printed: 'arm64' }],
    ['kept without overrides', 'region = "eu-west-1"', 'x86_64', { printed: 'x86_64' }],
    ['kept and asked for otherwise', 'parameter_overrides = "Architecture=arm64"', 'x86_64', {
      refused: 'ARCHITECTURE is x86_64, but samconfig.toml has Architecture=arm64 for the deployment: change it there as well',
    }],
    ['misspelt', undefined, 'amd64', { refused: 'amd64 is not an architecture that template.yaml allows: choose arm64 or x86_64' }],
  ]) {
    test(what, async () => {
      if (config) await samconfig(config);
      assert.deepEqual(await architecture(['chosen'], { ARCHITECTURE }), expected);
    });
  }
});

/** The first bytes of a program: ELF, 64 bits, little-endian, for this machine. */
function elf(machine, { bits = 2, order = 1, length = 64 } = {}) {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, bits, order, 1]);
  head.writeUInt16LE(machine, 18);
  return head.subarray(0, length);
}
const [arm64, x86] = [elf(183), elf(62)];

/** Writes the folder that `sam build` makes, with these programs. */
async function built(programs) {
  const at = path.join(folder, '.aws-sam/build');
  await mkdir(at, { recursive: true });
  const functions = Object.keys(programs).map((id) => `  ${id}:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ${id}\n`);
  await writeFile(path.join(at, 'template.yaml'), `Parameters:\n  Architecture:\n    Type: String\n    Default: arm64\n    AllowedValues: [arm64, x86_64]\nResources:${functions.length ? `\n${functions.join('')}` : ' {}\n'}`);
  for (const [id, program] of Object.entries(programs)) {
    await mkdir(path.join(at, id));
    if (program) await writeFile(path.join(at, id, 'bootstrap'), program);
  }
}

describe('what was built', () => {
  for (const [what, programs, asked, expected] of [
    ['for the same processor', { One: arm64, Two: arm64 }, 'arm64', undefined],
    ['for the same processor, the other one', { One: x86 }, 'x86_64', undefined],
    ['for another processor', { One: x86 }, 'arm64', /^One is to be deployed for arm64, but .*One\/bootstrap is for x86_64: build it again/],
    ['one of several for another', { One: x86, Two: arm64 }, 'x86_64', /^Two is to be deployed for x86_64, but .*Two\/bootstrap is for arm64/],
    ['not at all', { One: undefined }, 'arm64', /^One is not built: .*One\/bootstrap does not exist/],
    ['for a third processor', { One: elf(243) }, 'arm64', /is not a program for arm64 or x86_64/],
    ['for 32 bits', { One: elf(183, { bits: 1 }) }, 'arm64', /is not a program for/],
    ['for the other order of bytes', { One: elf(183, { order: 2 }) }, 'arm64', /is not a program for/],
    ['cut off', { One: elf(183, { length: 19 }) }, 'arm64', /is not a program for/],
    ['empty', { One: Buffer.alloc(0) }, 'arm64', /is not a program for/],
    ['a script', { One: '#!/bin/sh\nexec something else\n' }, 'arm64', /is not a program for/],
    ['without functions', {}, 'arm64', /has no functions/],
  ]) {
    test(`${what}: ${expected ? 'refused' : 'deployed, and the built template allows no other architecture'}`, async () => {
      await built(programs);
      const { printed, refused } = await architecture(['check', asked]);
      if (expected) return assert.match(refused, expected);
      assert.equal(printed, '');
      const text = await readFile(path.join(folder, '.aws-sam/build/template.yaml'), 'utf8');
      const [, parameters] = text.match(/^Parameters:\n((?: .*\n)+)/m);
      assert.match(parameters, new RegExp(`Default: ${asked}\n`));
      assert.match(parameters, new RegExp(`AllowedValues:\\n +- ${asked}\n *$`));
    });
  }
});

describe('make deploy', () => {
  /** Runs `make deploy` with a `sam` that prints its arguments, and with programs for `builds` as its build. */
  async function deploy(builds, ...words) {
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    await cp(path.join(root, 'Makefile'), path.join(folder, 'Makefile'));
    await cp(path.join(root, 'scripts/architecture.py'), path.join(folder, 'scripts/architecture.py'));
    await built({ One: builds });
    await writeFile(path.join(bin, 'sam'), '#!/bin/sh\necho "sam $*"\n');
    await writeFile(path.join(bin, 'python'), `#!/bin/sh\nexec '${path.join(root, '.tools/venv/bin/python')}' "$@"\n`);
    for (const program of ['sam', 'python']) await chmod(path.join(bin, program), 0o755);
    const { MAKEFLAGS, MFLAGS, MAKELEVEL, ARCHITECTURE, ...env } = process.env;
    // make is told that the tools are installed.
    const made = ['-o', '.tools/run', '-o', '.tools/test', 'VENV=.'];
    const run = promisify(execFile)('make', [...made, 'deploy', ...words], { cwd: folder, env });
    return run.then(({ stdout }) => stdout.trim().split('\n'), (error) => Promise.reject(new Error(error.stdout + error.stderr)));
  }

  test('builds for the choice, checks what was built, and deploys it', async () => {
    assert.deepEqual(await deploy(x86, 'ARCHITECTURE=x86_64'), ['sam build --parameter-overrides Architecture=x86_64', 'sam deploy --guided']);
  });

  test('uses the architecture of the last deployment', async () => {
    await samconfig('parameter_overrides = "Architecture=x86_64"');
    assert.deepEqual(await deploy(x86), ['sam build --parameter-overrides Architecture=x86_64', 'sam deploy']);
  });

  test('deploys nothing when a program is for another processor', async () => {
    await assert.rejects(deploy(x86), (error) => {
      assert.match(error.message, /^sam build --parameter-overrides Architecture=arm64\n/);
      assert.match(error.message, /One is to be deployed for arm64, but .* is for x86_64/);
      assert.doesNotMatch(error.message, /sam deploy/);
      return true;
    });
  });
});

test('the toolchain names the target that is deployed by default', async () => {
  const toolchain = await readFile(path.join(root, 'rust-toolchain.toml'), 'utf8');
  assert.match(toolchain, /^targets = \[.*"aarch64-unknown-linux-gnu".*\]$/m);
});
