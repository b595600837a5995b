// `make new` and `make remove` edit files that somebody else has formatted: only their own lines change.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { functions, namesOf } from '../../scripts/functions.mjs';
import { root } from '../../scripts/local/process.mjs';
import { routerOf, withRoutes } from '../../scripts/scaffold/router.mjs';
import { eventsOf, linesNaming, valueOf, withResources, withoutResources } from '../../scripts/scaffold/template.mjs';

const names = namesOf('send-invoice');
const shipped = await readFile(path.join(root, 'template.yaml'), 'utf8');
const odd = `# ours
Resources:
  First:   { Type: AWS::SNS::Topic }   # aligned by hand

  # Sends.
  # Twice.
  SendInvoiceFunction:
      Type: AWS::Serverless::Function
      Properties:
          # inside
          CodeUri: functions/send-invoice
          Events: {Call: {Type: Api, Properties: {Path: /sendInvoice, Method: ANY}}}
  Last:
    Type:   "AWS::SNS::Topic"   # behind
Outputs: {A: [1,2]}
`;

for (const [what, text] of [
  ['the template that ships', shipped],
  ['a template that begins with the log group', 'Resources:\n  # of all\n  Logs: { Type: AWS::Logs::LogGroup }\n'],
  ['a template without a log group', odd.replaceAll(/ {2}# Sends[^]*?(?= {2}Last)/g, '')],
]) {
  for (const stream of [false, true]) {
    test(`what is put into ${what} ${stream ? 'for a stream ' : ''}is taken out again exactly`, () => {
      const edited = withResources(text, names, stream);
      assert.deepEqual(eventsOf(edited, names), ['Call', 'CallAsEmulator']);
      const { Resources } = valueOf(edited);
      assert.equal(Resources.SendInvoiceFunction.Properties.CodeUri, 'functions/send-invoice');
      assert.match(Resources.SendInvoiceThrottles.Properties.AlarmDescription, /^Lambda throttled calls of sendInvoice .*\.$/);
      assert.deepEqual(linesNaming(edited, names).length > 0, true);
      assert.equal(withoutResources(edited, names), text);
    });
  }
}

test('a resource is removed with the comments above it, and every other line stays as it is written', () => {
  const gone = odd.replace(/\n {2}# Sends[^]*?(?= {2}Last)/, '');
  assert.equal(withoutResources(odd, names), gone);
  assert.equal(withoutResources(gone, names), gone);
  assert.doesNotMatch(withoutResources(odd.replace(/ {2}First.*\n\n/, ''), names), /Sends|SendInvoice/);
});

test('lines that still name a function are found by their values and keys, and not in comments or longer names', () => {
  const more = `Resources:
  # SendInvoiceFunction was here
  Alarm: { Value: !Ref SendInvoiceFunction }
  Sub: !Sub "\${SendInvoiceFunction.Arn}"
  Throttle: { ResourcePath: "/~1{project}~1{region}~1sendInvoice" }
  Other: [SendInvoiceFunctions, "/~1sendInvoices", "/~1sendInvoice-late"]
`;
  assert.deepEqual(linesNaming(more, names), more.split('\n').slice(2, 5));
});

test('a template that cannot be read is reported in a sentence with the line', () => {
  assert.throws(() => withResources('Resources:\n  A: [1\n', names, false), /template\.yaml cannot be read: .* at line 3/s);
});

test('the router has the routes of the functions, and the rest of the manifest stays as it is written', async () => {
  const manifest = await readFile(path.join(root, 'Cargo.toml'), 'utf8');
  const all = await functions();
  assert.equal(withRoutes(manifest, all), manifest);
  const edited = withRoutes(manifest, [...all, namesOf('take-money', 'pay_v2')]);
  assert.deepEqual({ ...routerOf(edited) }, { ...routerOf(manifest), '/pay_v2': 'take-money', '/{project}/{region}/pay_v2': 'take-money' });
  const before = new Set(manifest.split('\n'));
  assert.equal(edited.split('\n').filter((line) => !before.has(line)).length, 2);
  assert.equal(withRoutes(edited, all), manifest);
  assert.ok(manifest.includes('#'), 'there are comments to keep');

  const commented = '[workspace]\nmembers   = [ "functions/*" ] # aligned\n\n[workspace.metadata.lambda.watch.router]\n# ours\n"/sendInvoice" = "send-invoice" # why\n\n# last\n[profile.dev]\ndebug = 1\n';
  const one = withRoutes(commented, [names]);
  assert.equal(one.replace('"/{project}/{region}/sendInvoice" = "send-invoice"\n', ''), commented);
});
