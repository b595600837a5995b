// The gateway between the internet and the functions: one stage, its throttles, the firewall, preflights of routes that
// do not exist; and the messages to the operator: rules before a deployment, alarms after it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { functions } from '../lib/local.mjs';
import { root } from '../lib/process.mjs';
import { client, failure } from '../sdk/lib/client.mjs';
import { brokenRules, gatewayAnswers, integrationOf, stagesOf, startGateway, transformed } from './lib/template.mjs';

const clerk = {
  ClerkIssuer: 'https://clerk.example.com', ClerkAuthorizedParties: 'https://app.example.com',
  ServiceAccountSecretArn: 'arn:aws:secretsmanager:eu-west-1:1:secret:x',
  ClerkWebhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:1:secret:y',
};
const domain = { DomainName: 'api.example.com', CertificateArn: 'arn:aws:acm:eu-west-1:1:certificate/x' };
const everything = {
  ...clerk, ...domain, AlarmTopicArn: 'arn:aws:sns:eu-west-1:1:x', WebAclArn: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/x/y',
};
const ofType = (template, type) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
const stageOf = (template) => ofType(template, 'AWS::ApiGateway::Stage')[0][1].Properties;

describe('the front', () => {
  let bare;
  let full;
  before(async () => {
    [bare, full] = await Promise.all([transformed('template.yaml'), transformed('template.yaml', everything)]);
  });

  test('has exactly one public stage', () => {
    for (const template of [bare, full]) assert.deepEqual(stagesOf(template), ['prod']);
  });

  test('throttles every route, and the exchange at a limit of its own', () => {
    const every = {
      ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: { Ref: 'ThrottleRate' }, ThrottlingBurstLimit: { Ref: 'ThrottleBurst' },
    };
    assert.deepEqual(stageOf(bare).MethodSettings, [every]);
    const exchange = {
      HttpMethod: 'POST', ThrottlingRateLimit: { Ref: 'ExchangeThrottleRate' }, ThrottlingBurstLimit: { Ref: 'ExchangeThrottleBurst' },
    };
    const settings = stageOf(full).MethodSettings;
    assert.deepEqual(settings, [
      every,
      { ResourcePath: '/~1exchangeClerkToken', ...exchange },
      { ResourcePath: '/~1{project}~1{region}~1exchangeClerkToken', ...exchange },
    ]);
    // Each names a route that exists: the gateway refuses settings of others.
    for (const { ResourcePath } of settings.slice(1)) {
      const url = ResourcePath.slice(1).replaceAll('~1', '/').replace(/\{\w+\}/g, 'x');
      assert.ok(integrationOf(full, 'POST', url), ResourcePath);
    }
    const defaults = (name) => full.Parameters[name].Default;
    assert.ok(defaults('ExchangeThrottleRate') < defaults('ThrottleRate') && defaults('ExchangeThrottleBurst') < defaults('ThrottleBurst'));
  });

  test('puts a firewall in front of the stage if its ARN is given', () => {
    assert.deepEqual(ofType(bare, 'AWS::WAFv2::WebACLAssociation'), []);
    const [[, { Properties: firewall }]] = ofType(full, 'AWS::WAFv2::WebACLAssociation');
    assert.deepEqual(firewall.WebACLArn, { Ref: 'WebAclArn' });
    const [[stage]] = ofType(full, 'AWS::ApiGateway::Stage');
    assert.equal(firewall.ResourceArn['Fn::Sub'], 'arn:$' + '{AWS::Partition}:apigateway:$' + `{AWS::Region}::/restapis/$\{Api}/stages/$\{${stage}}`);
  });

  test('closes the execute-api address if there is a domain', () => {
    for (const [template, closed] of [[bare, false], [full, true]]) {
      const [{ 'x-amazon-apigateway-endpoint-configuration': endpoint }] = template.Resources.Api.Properties.Body.servers;
      assert.equal(endpoint.disableExecuteApiEndpoint, closed);
    }
  });

  // A deployment is a snapshot of the API: without a new one, the stage keeps the old API.
  test('deploys anew when a parameter is switched', async () => {
    const deployments = await Promise.all([[{}, 1_000_000_000], [domain, 1_000_000_060]].map(async ([parameters, at]) => {
      const template = await transformed('template.yaml', parameters, at);
      const [[id]] = ofType(template, 'AWS::ApiGateway::Deployment');
      assert.deepEqual(stageOf(template).DeploymentId, { Ref: id });
      return id;
    }));
    assert.notEqual(deployments[0], deployments[1]);
  });

  const unknown = ['/', '/noSuchFunction', '/noSuchFunction/', '/prod/noSuchFunction', '/demo-app/us-central1/noSuchFunction', '/a/b/c/d/e'];
  for (const url of unknown) {
    test(`a preflight of ${url} reaches a function, and a request with another method does not`, () => {
      for (const template of [bare, full]) {
        const { uri } = integrationOf(template, 'OPTIONS', url);
        const [, id] = uri['Fn::Sub'].match(/\{(\w+)\.Arn\}/);
        assert.equal(template.Resources[id].Type, 'AWS::Lambda::Function');
        for (const method of ['GET', 'POST', 'PUT', 'DELETE']) assert.equal(integrationOf(template, method, url), undefined);
      }
    });
  }

  test('a function that is switched off is a route that does not exist', () => {
    for (const name of ['exchangeClerkToken', 'clerkWebhook']) {
      assert.ok(integrationOf(full, 'POST', `/${name}`));
      assert.equal(integrationOf(bare, 'POST', `/${name}`), undefined);
      assert.ok(integrationOf(bare, 'OPTIONS', `/${name}`), `the preflight of ${name}`);
    }
  });

  test('the SDK is told not-found for an unknown name, in both forms of a URL', async () => {
    const gateway = await startGateway(gatewayAnswers(full), full);
    try {
      for (const functions of [gateway.url, `${gateway.url}/demo-app/us-central1`]) {
        const app = client({ project: 'demo', auth: 'http://127.0.0.1:1', functions });
        assert.equal((await failure(app.call('MISSING_AUTHENTICATION_TOKEN', {}))).code, 'functions/not-found');
        await app.close();
      }
    } finally {
      gateway.stop();
    }
  });
});

/** The parameters to which `value` refers anywhere. */
const parametersOf = (template, value) =>
  [...JSON.stringify(value).matchAll(/\{"Ref":"(\w+)"\}/g)].map(([, name]) => name).filter((name) => name in template.Parameters);

describe('parameters that need each other', async () => {
  const template = await transformed('template.yaml', everything);
  // Parameters that only the functions of Clerk use.
  const used = ofType(template, 'AWS::Lambda::Function').map(([id, { Condition, Properties }]) =>
    [Condition, parametersOf(template, [Properties, template.Resources[`${id}Role`].Properties])]);
  const shared = used.filter(([condition]) => !condition).flatMap(([, names]) => names);
  const ofClerk = [...new Set(used.flatMap(([, names]) => names))].filter((name) => !shared.includes(name));
  const groups = [[ofClerk, (name) => `Sign-in through Clerk needs ${name}.`], [Object.keys(domain), (name) => `needs ${name}.`]];

  test('are those of Clerk, and of a domain', () => {
    for (const name of Object.keys(clerk)) assert.ok(ofClerk.includes(name), name);
  });
  for (const [names, sentence] of groups) {
    for (let chosen = 0; chosen < 2 ** names.length; chosen += 1) {
      const given = names.filter((_, index) => chosen & (1 << index));
      const missing = given.length > 0 ? names.filter((name) => !given.includes(name)) : [];
      test(`${given.join(', ') || `nothing of ${names.join(', ')}`}: ${missing.length > 0 ? 'refused, with what is missing' : 'deploys'}`, () => {
        // Two rules may say the same: each folder of Clerk's declares what it needs.
        const broken = [...new Set(brokenRules(template, Object.fromEntries(given.map((name) => [name, 'x']))))];
        assert.equal(broken.length, missing.length, broken.join(' '));
        for (const name of missing) assert.ok(broken.some((text) => text.endsWith(sentence(name))), `${name}: ${broken}`);
      });
    }
  }
});

test('docs/deploy.md has every parameter, with its default', async () => {
  const { Parameters } = await transformed('template.yaml');
  const text = await readFile(path.join(root, 'docs/deploy.md'), 'utf8');
  const [, table] = text.match(/\n\| parameter \| meaning \| default \|\n\|---\|---\|---\|\n((?:\|.*\n)+)/);
  const rows = table.trim().split('\n').map((row) => row.split(' | '));
  const named = rows.flatMap(([names, , said]) => {
    const list = [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const numbers = list.map((name) => Parameters[name]).filter(({ Type, Default }) => Type === 'Number' && Default > 0);
    if (numbers.length > 0) assert.equal(said.replace(/ \|$/, ''), numbers.map(({ Default }) => Default).join(', '), names);
    return list;
  });
  assert.deepEqual(named.sort(), Object.keys(Parameters).sort());
});

describe('alarms', () => {
  test('there are none without a topic to send them to', async () => {
    const template = await transformed('template.yaml', clerk);
    for (const type of ['AWS::CloudWatch::Alarm', 'AWS::Logs::MetricFilter']) assert.deepEqual(ofType(template, type), []);
  });

  test('report crashed and throttled calls of every function, and of no other', async () => {
    const named = async (parameters) => {
      const template = await transformed('template.yaml', { AlarmTopicArn: everything.AlarmTopicArn, ...parameters });
      const alarms = ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
      for (const alarm of alarms) {
        assert.deepEqual(alarm.AlarmActions, [{ Ref: 'AlarmTopicArn' }]);
        // A mirror of keys that does not run reports no age.
        assert.equal(alarm.TreatMissingData, alarm.MetricName === 'KeyCopyAge' ? 'breaching' : 'notBreaching');
        assert.match(alarm.AlarmDescription, /^[^ ]+ .*\.$/);
      }
      const lambda = alarms.filter(({ Namespace }) => Namespace === 'AWS/Lambda');
      for (const { Statistic, Threshold } of lambda) assert.deepEqual([Statistic, Threshold], ['Sum', 1]);
      return lambda.map(({ MetricName, Dimensions }) => [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name} ${Value.Ref}`)].join(' '));
    };
    const expected = (list) => list.flatMap(({ logicalId }) => [`Errors FunctionName ${logicalId}`, `Throttles FunctionName ${logicalId}`]).sort();
    const all = functions();
    assert.deepEqual((await named({ ...clerk, KeysMirrorBucket: 'my-keys' })).sort(), expected(all));
    const template = await transformed('template.yaml');
    assert.deepEqual((await named({})).sort(), expected(all.filter(({ logicalId }) => template.Resources[logicalId])));
  });

  // tests/it/lambda/alarms.rs holds the pattern against the record of a stream that failed.
  test('report failed calls, by the records in the log group of all functions', async () => {
    const template = await transformed('template.yaml', { AlarmTopicArn: everything.AlarmTopicArn });
    const [[, { Properties: filter }]] = ofType(template, 'AWS::Logs::MetricFilter');
    assert.deepEqual(filter.LogGroupName, { Ref: 'Logs' });
    const [{ MetricNamespace, MetricName, MetricValue }] = filter.MetricTransformations;
    assert.equal(MetricValue, '1');
    const listening = ofType(template, 'AWS::CloudWatch::Alarm').filter(([, { Properties: alarm }]) => alarm.MetricName === MetricName);
    assert.equal(listening.length, 1);
    assert.deepEqual(listening[0][1].Properties.Namespace, MetricNamespace);
  });
});
