// The manifests of the functions are the only source of their names and routes: the watch router, the templates, the
// README, the sources and the local front agree with them.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';

import { functions, namesOf } from '../../scripts/functions.mjs';
import { routeOf } from '../../scripts/local/front.mjs';
import { root } from '../../scripts/local/process.mjs';
import { problemsOfReadme, problemsOfRouter, problemsOfTemplate } from './lib/agreement.mjs';

const read = (file) => readFile(path.join(root, file), 'utf8');
const declared = await functions();

test('every folder below functions/ is a package of the same name, and its main.rs begins with the public name', async () => {
  const folders = await readdir(path.join(root, 'functions'), { withFileTypes: true });
  assert.deepEqual(declared.map(({ folder }) => folder), folders.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort());
  assert.equal(new Set(declared.map(({ name }) => name)).size, declared.length, 'no two have the same name');
  for (const { folder, name } of declared) {
    assert.ok((await read(`functions/${folder}/Cargo.toml`)).includes(`name = "${folder}"\n`), `functions/${folder}/Cargo.toml: name = "${folder}"`);
    const main = await read(`functions/${folder}/src/main.rs`);
    assert.ok(main.startsWith(`//! \`${name}\``), `functions/${folder}/src/main.rs: begin it with //! \`${name}\``);
  }
});

test('the watch router has both routes of every function and no others', async () => {
  assert.deepEqual(problemsOfRouter(await read('Cargo.toml'), declared), []);
});

test('template.yaml has every function with both its routes and no others', async () => {
  assert.deepEqual(problemsOfTemplate('template.yaml', await read('template.yaml'), declared, { base: 'functions/', whole: true }), []);
});

test('the other templates have functions that exist, with the routes that these declare', async () => {
  const files = await readdir(path.join(root, 'docs/templates'));
  assert.ok(files.length >= 2);
  for (const file of files.map((name) => `docs/templates/${name}`)) {
    assert.deepEqual(problemsOfTemplate(file, await read(file), declared, { base: '../../functions/', whole: false }), []);
  }
});

test('the readme lists every function and no other', async () => {
  assert.deepEqual(problemsOfReadme(await read('README.md'), declared), []);
});

test('the local front asks the simulator for each route under the path that the watch router has', () => {
  for (const { name, routes } of declared) {
    for (const route of routes) {
      const url = route.replace('{project}', 'demo-app').replace('{region}', 'us-central1');
      assert.deepEqual(routeOf(url, declared.map((one) => one.name)), { name, path: url });
    }
  }
});

describe('a file that does not agree is named, with the line and what to do', () => {
  const one = { ...namesOf('send-invoice'), kind: 'callable' };
  const named = { ...namesOf('take-money', 'pay_v2'), kind: 'callable' };
  const router = (lines) => `[workspace.metadata.lambda.watch.router]\n${lines}`;
  const template = (events, code = 'functions/send-invoice', id = 'SendInvoiceFunction') =>
    `Resources:\n  ${id}:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ${code}\n      Events:\n${events}`;
  const event = (id, route, method = 'ANY') => `        ${id}: { Type: Api, Properties: { Path: "${route}", Method: ${method} } }\n`;
  const both = event('Call', '/sendInvoice') + event('CallAsEmulator', '/{project}/{region}/sendInvoice');
  const check = (text) => problemsOfTemplate('template.yaml', text, [one], { base: 'functions/', whole: true });

  test('in the watch router', () => {
    const lines = '"/sendInvoice" = "send-invoice"\n"/{project}/{region}/sendInvoice" = "send-invoice"\n';
    assert.deepEqual(problemsOfRouter(router(lines), [one]), []);
    assert.deepEqual(problemsOfRouter(router(''), [one]), [
      'Cargo.toml lacks "/sendInvoice" = "send-invoice": add the line to [workspace.metadata.lambda.watch.router]',
      'Cargo.toml lacks "/{project}/{region}/sendInvoice" = "send-invoice": add the line to [workspace.metadata.lambda.watch.router]',
    ]);
    assert.deepEqual(problemsOfRouter(router(`${lines}"/x" = "send-invoice"\n`), [one]), [
      'Cargo.toml has "/x" = "send-invoice", which no function declares: remove the line from [workspace.metadata.lambda.watch.router]',
    ]);
    assert.match(problemsOfRouter(router(lines), [one, named]).join(), /lacks "\/pay_v2" = "take-money"/);
  });

  test('in a template', () => {
    assert.deepEqual(check(template(both)), []);
    assert.deepEqual(check(template(both + event('Preflight', '/', 'OPTIONS'))), []);
    for (const [text, sentence] of [
      [template(event('Call', '/sendInvoice')), 'template.yaml: SendInvoiceFunction lacks Path: /{project}/{region}/sendInvoice with Method: ANY: add an event with these lines'],
      [template(both + event('More', '/sendInvoices')), 'template.yaml: SendInvoiceFunction has Path: /sendInvoices with Method: ANY, which its manifest does not declare: remove the event'],
      [template(both + event('Again', '/sendInvoice')), 'template.yaml: SendInvoiceFunction has Path: /sendInvoice with Method: ANY, which its manifest does not declare: remove the event'],
      [template(both, undefined, 'OtherFunction'), 'template.yaml has OtherFunction: rename it to SendInvoiceFunction'],
    ]) {
      assert.deepEqual(check(text), [sentence]);
    }
    assert.deepEqual(check(template(both, 'functions/send-invoices')), [
      'template.yaml lacks CodeUri: functions/send-invoice: add a function with that line, as make new writes it',
      'template.yaml has CodeUri: functions/send-invoices, which is not a function of this workspace: remove its resource',
    ]);
    const post = check(template(both.replaceAll('ANY', 'POST')));
    assert.equal(post.length, 4, post.join('\n'));
  });

  test('in the readme', () => {
    const readme = (rows) => `# x\n\n| function | what it does |\n|---|---|\n${rows}\n`;
    const row = '| [`sendInvoice`](functions/send-invoice/src/handler.rs) | sends an invoice |\n';
    assert.deepEqual(problemsOfReadme(readme(row), [one]), []);
    assert.deepEqual(problemsOfReadme(readme(row), [named]), [
      'README.md lacks the row | [`pay_v2`](functions/take-money/src/handler.rs): add it to the table of functions',
      'README.md has the row | [`sendInvoice`](functions/send-invoice/src/handler.rs), which is not a function: remove it from the table of functions',
    ]);
  });
});
