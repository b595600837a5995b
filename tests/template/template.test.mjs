// The templates as CloudFormation gets them: routes, permissions, response modes, policies; and the gateway's
// own answers as the real SDK reads them.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { root, stopAll } from '../../scripts/local/process.mjs';
import { namesOf } from '../../scripts/scaffold/function.mjs';
import { client, failure, message } from '../sdk/lib/client.mjs';
import { expectedErrors, gatewayAnswers, httpStatus, startGateway, transformed } from './lib/template.mjs';

after(stopAll);

const clerk = {
  ClerkIssuer: 'https://clerk.example.com', ClerkAuthorizedParties: 'https://app.example.com',
  ServiceAccountSecretArn: 'arn:aws:secretsmanager:eu-west-1:1:secret:x',
};
const folders = (await readdir(path.join(root, 'functions'), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const functions = folders.map(namesOf);
const ofType = (template, type) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

describe('template.yaml', () => {
  let bare;
  let full;
  before(async () => {
    [bare, full] = await Promise.all([
      transformed('template.yaml'),
      transformed('template.yaml', {
        ...clerk, Tracing: 'true', AccessLogging: 'true', ReservedConcurrency: 5, MemorySize: 512,
        DomainName: 'api.example.com', CertificateArn: 'arn:aws:acm:eu-west-1:1:certificate/x', AlarmTopicArn: 'arn:aws:sns:eu-west-1:1:x',
      }),
    ]);
  });

  const methods = (template) =>
    Object.entries(template.Resources.Api.Properties.Body.paths)
      .filter(([route]) => !unknown.includes(route))
      .map(([route, item]) => [route, item['x-amazon-apigateway-any-method']['x-amazon-apigateway-integration']]);
  // Whatever a client may ask for: a name, a stage and a name, the emulator form.
  const unknown = ['/{project}', '/{project}/{region}', '/{project}/{region}/{name}'];

  test('has both routes of every function, for every method, and no others', () => {
    const routes = functions.flatMap(({ name }) => [`/${name}`, `/{project}/{region}/${name}`]);
    assert.deepEqual(methods(full).map(([route]) => route).sort(), routes.sort());
    for (const [route, item] of Object.entries(full.Resources.Api.Properties.Body.paths)) {
      if (unknown.includes(route)) continue;
      assert.deepEqual(Object.keys(item), ['x-amazon-apigateway-any-method']);
      assert.equal(item['x-amazon-apigateway-any-method'].security, undefined, 'nobody but the function authorises');
    }
    assert.deepEqual(ofType(full, 'AWS::Lambda::Function').map(([id]) => id).sort(), functions.map(({ logicalId }) => logicalId).sort());
  });

  test('a preflight for a name that does not exist reaches a function, which answers 204, and nothing else does', () => {
    for (const template of [bare, full]) {
      const { paths } = template.Resources.Api.Properties.Body;
      for (const route of unknown) {
        assert.deepEqual(Object.keys(paths[route]), ['options'], route);
        const { uri, type } = paths[route].options['x-amazon-apigateway-integration'];
        const [, logicalId] = uri['Fn::Sub'].match(/\$\{(\w+)\.Arn\}/);
        assert.ok(template.Resources[logicalId], `${route}: ${logicalId}`);
        assert.equal(type, 'aws_proxy');
      }
      // Two variables of different names in one place are refused by API Gateway.
      for (const route of Object.keys(paths)) {
        const [first, second, third] = route.slice(1).split('/').map((part) => part.startsWith('{') && part);
        assert.ok([first, second, third].every((part, place) => !part || part === ['{project}', '{region}', '{name}'][place]), route);
      }
    }
  });

  test('without Clerk there is neither exchange nor webhook', () => {
    const ids = ofType(bare, 'AWS::Lambda::Function').map(([id]) => id).sort();
    const others = functions.filter(({ folder }) => !folder.includes('clerk')).map(({ logicalId }) => logicalId);
    assert.deepEqual(ids, others.sort());
  });

  test('invokes each function as its environment says that it is invoked', () => {
    for (const [route, integration] of methods(full)) {
      const { logicalId } = functions.find(({ name }) => route.endsWith(`/${name}`));
      const uri = integration.uri['Fn::Sub'];
      const mode = full.Resources[logicalId].Properties.Environment.Variables.CALLABLE_RESPONSE_MODE;
      const streams = mode === 'stream';
      const call = streams ? '2021-11-15/functions/ARN/response-streaming-invocations' : '2015-03-31/functions/ARN/invocations';
      const arn = '$' + `{${logicalId}.Arn}`;
      assert.equal(uri, `arn:aws:apigateway:$\{AWS::Region}:lambda:path/${call.replace('ARN', arn)}`);
      assert.equal(integration.responseTransferMode, streams ? 'STREAM' : undefined, route);
      assert.equal(integration.type, 'aws_proxy');
    }
  });

  test('lets the gateway, and nobody else, invoke the functions', () => {
    const permissions = ofType(full, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    assert.equal(permissions.length, 2 * functions.length + unknown.length);
    for (const { Principal, Action, SourceArn } of permissions) {
      assert.equal(Principal, 'apigateway.amazonaws.com');
      assert.equal(Action, 'lambda:InvokeFunction');
      assert.ok(SourceArn);
    }
  });

  test('only functions of Clerk may read the secret, and no policy names more than one resource', () => {
    for (const { folder, logicalId } of functions) {
      const role = full.Resources[`${logicalId}Role`].Properties;
      const statements = (role.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const expected = folder.includes('clerk')
        ? [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: 'ServiceAccountSecretArn' } }]
        : [];
      assert.deepEqual(statements, expected, folder);
      const managed = role.ManagedPolicyArns.map((arn) => arn['Fn::Sub'] ?? arn);
      // Writing logs and traces, for which AWS offers no narrower resource.
      const allowed = /service-role\/AWSLambdaBasicExecutionRole$|AWSXrayWriteOnlyAccess$|AWSXRayDaemonWriteAccess$/;
      for (const arn of managed) assert.match(JSON.stringify(arn).replace(/"/g, ''), allowed, folder);
    }
  });

  test('gives functions less time than the gateway, JSON logs, and the parameters', () => {
    for (const { logicalId, folder } of functions) {
      const properties = full.Resources[logicalId].Properties;
      assert.ok(properties.Timeout < 29, folder);
      assert.equal(properties.Runtime, 'provided.al2023');
      assert.deepEqual(properties.Architectures, [{ Ref: 'Architecture' }]);
      assert.equal(properties.LoggingConfig.LogFormat, 'JSON');
      assert.deepEqual(properties.LoggingConfig.LogGroup, { Ref: 'Logs' });
      assert.deepEqual(properties.MemorySize, { Ref: 'MemorySize' });
      assert.deepEqual(properties.ReservedConcurrentExecutions, { Ref: 'ReservedConcurrency' });
      assert.equal(properties.TracingConfig.Mode, 'Active');
      assert.deepEqual(properties.Environment.Variables.FIREBASE_PROJECT_ID, { Ref: 'FirebaseProjectId' });
    }
    const { logicalId } = functions[0];
    const plain = bare.Resources.ReturnAuthenticatedMessageFunction.Properties;
    assert.equal(plain.ReservedConcurrentExecutions, undefined, logicalId);
    assert.equal(plain.TracingConfig.Mode, 'PassThrough');
    assert.equal(bare.Parameters.Architecture.Default, 'arm64');
  });

  test('logs who and what, and no header', () => {
    const [, { Properties: stage }] = ofType(full, 'AWS::ApiGateway::Stage')[0];
    const format = JSON.parse(stage.AccessLogSetting.Format);
    assert.deepEqual(Object.keys(format), ['requestId', 'ip', 'method', 'path', 'status', 'latencyMs']);
    assert.doesNotMatch(stage.AccessLogSetting.Format, /header/i);
    const [, { Properties: plain }] = ofType(bare, 'AWS::ApiGateway::Stage')[0];
    assert.equal(plain.AccessLogSetting, undefined);
  });

  test('prints the line to paste', () => {
    assert.deepEqual(full.Outputs.ClientLine.Value, { 'Fn::Sub': "const functions = getFunctions(app, 'https://$\{DomainName}');" });
    assert.match(bare.Outputs.ClientLine.Value['Fn::Sub'], /^const functions = getFunctions\(app, 'https:\/\/.*\/prod'\);$/);
    assert.ok(full.Resources.DomainMapping && full.Resources.FailureAlarm && full.Resources.AccessLogs);
    assert.ok(!bare.Resources.DomainMapping && !bare.Resources.FailureAlarm && !bare.Resources.AccessLogs);
  });

  test('describes every parameter, and checks what can be checked', async () => {
    for (const [name, parameter] of Object.entries(full.Parameters)) {
      assert.ok(parameter.Description?.endsWith('.'), name);
      const checked = parameter.AllowedPattern ?? parameter.AllowedValues ?? parameter.MinValue;
      assert.ok(checked !== undefined, name);
    }
  });
});

describe("the gateway's own answers", () => {
  let answers;
  let gateway;
  before(async () => {
    answers = gatewayAnswers(await transformed('template.yaml'));
    gateway = await startGateway(answers);
  });
  after(() => gateway.stop());

  test('are callable errors with CORS for every occasion', () => {
    assert.deepEqual(answers.map(({ name }) => name).sort(), Object.keys(expectedErrors).sort());
    for (const { name, status, headers, body } of answers) {
      const [code, text] = expectedErrors[name];
      assert.deepEqual(headers, { 'Access-Control-Allow-Origin': '*' }, name);
      assert.equal(status, httpStatus[code], name);
      assert.deepEqual(JSON.parse(body), { error: { message: text, status: code.toUpperCase().replace('-', '_') } }, name);
    }
  });

  for (const [name, [code, text]] of Object.entries(expectedErrors)) {
    test(`${name} is ${code} for the SDK`, async () => {
      const app = client({ project: 'demo', auth: 'http://127.0.0.1:1', functions: gateway.url });
      const error = await failure(app.call(name, {}));
      assert.equal(error.code, `functions/${code}`);
      assert.match(error.message, message(text));
      await app.close();
    });
  }
});

for (const [file, check] of Object.entries({
  'docs/templates/function-url.yaml': (template) => {
    const [[, { Properties: url }]] = ofType(template, 'AWS::Lambda::Url');
    assert.deepEqual([url.AuthType, url.InvokeMode, url.Cors], ['NONE', 'RESPONSE_STREAM', undefined]);
    const [[, { Properties: lambda }]] = ofType(template, 'AWS::Lambda::Function');
    assert.equal(lambda.Environment.Variables.CALLABLE_RESPONSE_MODE, 'stream');
    const actions = ofType(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties.Action);
    assert.deepEqual(actions.sort(), ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'], 'both are needed since 2025');
  },
  'docs/templates/http-api.yaml': (template) => {
    const [[, { Properties: api }]] = ofType(template, 'AWS::ApiGatewayV2::Api');
    assert.equal(api.CorsConfiguration, undefined, 'CORS is the functions');
    assert.deepEqual(Object.keys(api.Body.paths).sort(), ['/returnAuthenticatedMessage', '/{project}/{region}/returnAuthenticatedMessage']);
    for (const [, { Properties: lambda }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.equal(lambda.Environment.Variables.CALLABLE_RESPONSE_MODE, undefined, 'an HTTP API does not stream');
      assert.ok(lambda.Timeout < 30);
    }
  },
})) {
  test(`${file} is a front that the same binary serves`, async () => {
    check(await transformed(file));
    const text = await readFile(path.join(root, file), 'utf8');
    for (const [, folder] of text.matchAll(/CodeUri: \.\.\/\.\.\/functions\/(\S+)/g)) assert.ok(folders.includes(folder));
  });
}
