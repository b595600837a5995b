// docs/cdk-terraform.md and docs/workflows: what they quote from the tool is what the tool prints and accepts.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { tool } from '../lib/local.mjs';
import { read } from './lib/documents.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'documents-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// A project of its own has a target folder of its own.
const { CARGO_TARGET_DIR, ...env } = process.env;
const callable = (cwd, ...words) => execFileSync(tool, words, { cwd, env, encoding: 'utf8' });
const [routes, answers] = [...read('docs/cdk-terraform.md').matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text));

test('the list of routes in docs/cdk-terraform.md is what the tool prints for such a project', () => {
  const project = path.join(folder, 'app');
  callable(folder, 'init', project);
  callable(project, 'add', 'tell-news', '--stream');
  callable(project, 'remove', 'hello', '--force');
  assert.deepEqual(routes, JSON.parse(callable(project, 'routes', '--json')));
});

test('the answers of the gateway in docs/cdk-terraform.md are those of the template', () => {
  const lines = read('crates/cargo-callable/deployment/gateway-answers.yaml').matchAll(/^(\w+): \[(\d+), ([^,]+), (\w+)\]/gm);
  const ours = Object.fromEntries([...lines].map(([, name, status, message, code]) => [name, [Number(status), message, code]]));
  assert.ok(Object.keys(ours).length >= 15);
  assert.deepEqual(answers, ours);
});

const workflow = read('docs/workflows/deploy.yml');

test('the deployment in docs/workflows uses only actions that are pinned by commit', () => {
  const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action);
  assert.ok(uses.length >= 4);
  for (const action of uses) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v[\d.]+$/);
});

test('the tool has the options that the documents and workflows name', () => {
  const texts = ['README.md', 'docs/deploy.md', 'docs/migrating.md', 'docs/cdk-terraform.md', 'docs/local.md'].map(read);
  const lines = [workflow, ...texts].join('\n').matchAll(/cargo callable ([a-z-]+)([^\n`#]*)/g);
  let options = 0;
  for (const [, command, rest] of lines) {
    const help = callable(folder, command, '--help');
    for (const [option] of rest.split(' -- ')[0].matchAll(/--[a-z-]+/g)) {
      assert.ok(help.includes(option), `cargo callable ${command} has no ${option}`);
      options += 1;
    }
  }
  assert.ok(options >= 6, `${options}`);
});

test('the settings in docs/deploy.md are accepted, and are in the template', () => {
  const project = path.join(folder, 'set');
  callable(folder, 'init', project);
  const [, settings] = read('docs/deploy.md').match(/```toml\n(\[workspace\.metadata\.callable\]\n.*?)```/s);
  const manifest = path.join(project, 'Cargo.toml');
  const whole = readFileSync(manifest, 'utf8');
  const changed = whole.replace(/\[workspace\.metadata\.callable\]\n[^[]*/, `${settings.replace('"arm64"', '"x86_64"')}\n`);
  assert.notEqual(changed, whole);
  writeFileSync(manifest, changed);
  const template = callable(project, 'template');
  for (const part of ['Default: x86_64', 'Canary10Percent5Minutes', 'SubnetIds', 'SecurityGroupIds']) assert.ok(template.includes(part), part);
});

test('the example of an own template in docs/deploy.md is merged as the text says', () => {
  const project = path.join(folder, 'own');
  callable(folder, 'init', project);
  callable(project, 'add', 'send-invoice');
  const [, own] = read('docs/deploy.md').match(/```yaml\n(Globals:.*?)```/s);
  writeFileSync(path.join(project, 'template.yaml'), own);
  const template = callable(project, 'template');
  assert.match(template, /MemorySize: 512/);
  assert.match(template, /Timeout: 10\n/);
  assert.match(template, /Runtime: provided.al2023/, 'what is not named stays');
  assert.doesNotMatch(template, /FailureAlarm:/);
});
