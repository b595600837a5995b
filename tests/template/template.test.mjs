// The templates after SAM's transform: routes, permissions, response modes, policies; and the gateway's own answers as
// the real SDK reads them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { functions as declaredFunctions } from '../lib/local.mjs';
import { stopAll } from '../lib/process.mjs';
import { client, failure, message } from '../sdk/lib/client.mjs';
import { expectedErrors, gatewayAnswers, httpStatus, stagesOf, startGateway, transformed } from './lib/template.mjs';

after(stopAll);

const clerk = {
  ClerkIssuer: 'https://clerk.example.com', ClerkAuthorizedParties: 'https://app.example.com',
  ServiceAccountSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:firebase/sign-in-Ab12Cd',
  ClerkWebhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:firebase/clerk-webhook-Ef34Gh',
};
const functions = declaredFunctions();
// A function of yours may have other policies, memory and time limits than those that the project ships.
const names = JSON.parse(await readFile(new URL('../shipped-functions.json', import.meta.url), 'utf8'));
const shipped = functions.filter(({ folder }) => names.includes(folder));
const ofType = (template, type) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

describe('template.yaml', () => {
  let bare;
  let full;
  before(async () => {
    [bare, full] = await Promise.all([
      transformed('template.yaml'),
      transformed('template.yaml', {
        ...clerk, Tracing: 'Active', AccessLogging: 'true', ReservedConcurrency: 5, MemorySize: 512,
        DomainName: 'api.example.com', CertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/x', AlarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:x',
        KeysMirrorBucket: 'my-keys',
      }),
    ]);
  });

  const any = 'x-amazon-apigateway-any-method';
  const methods = (template) =>
    Object.entries(template.Resources.Api.Properties.Body.paths)
      .filter(([, item]) => item[any])
      .map(([route, item]) => [route, item[any]['x-amazon-apigateway-integration']]);

  test('has both routes of every function, for every method; for other paths it has preflights only', () => {
    const routes = functions.flatMap((one) => one.routes);
    assert.deepEqual(methods(full).map(([route]) => route).sort(), routes.sort());
    for (const [route, item] of Object.entries(full.Resources.Api.Properties.Body.paths)) {
      assert.deepEqual(Object.keys(item), [routes.includes(route) ? any : 'options'], route);
      for (const method of Object.values(item)) assert.equal(method.security, undefined, 'only the function authorises');
    }
    assert.deepEqual(ofType(full, 'AWS::Lambda::Function').map(([id]) => id).sort(), functions.map(({ logicalId }) => logicalId).sort());
  });

  test('accepts an issuer in the forms that the exchange accepts', () => {
    const pattern = new RegExp(full.Parameters.ClerkIssuer.AllowedPattern);
    for (const issuer of ['', 'https://clerk.example.com', 'https://app.example.com/__clerk', 'https://app.example.com:8443/a/b']) {
      assert.match(issuer, pattern);
    }
    for (const issuer of ['http://clerk.example.com', 'https://Clerk.example.com', 'https://clerk.example.com/', 'https://a b', 'https://a.example?x', 'https://*']) {
      assert.doesNotMatch(issuer, pattern);
    }
  });

  test('without Clerk there is neither exchange nor webhook, without a bucket no mirror of keys', () => {
    const ids = ofType(bare, 'AWS::Lambda::Function').map(([id]) => id);
    for (const { folder, logicalId } of shipped) assert.equal(ids.includes(logicalId), !folder.includes('clerk') && folder !== 'key-mirror', folder);
  });

  test('invokes each function in the response mode that its environment has', () => {
    for (const [route, integration] of methods(full)) {
      const { logicalId } = functions.find(({ routes }) => routes.includes(route));
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

  test('lets only the gateway invoke the functions', () => {
    const permissions = ofType(full, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    const routes = Object.keys(full.Resources.Api.Properties.Body.paths);
    assert.equal(permissions.length, routes.length);
    for (const { Principal, Action, SourceArn } of permissions) {
      assert.equal(Principal, 'apigateway.amazonaws.com');
      assert.equal(Action, 'lambda:InvokeFunction');
      assert.ok(SourceArn);
    }
  });

  const objects = { 'Fn::Sub': 'arn:$' + '{AWS::Partition}:s3:::$' + '{KeysMirrorBucket}/firebase-keys/*' };

  test('each function of Clerk may read its own secret and no other, all may read the mirror, and no policy names more than one resource', () => {
    const secrets = { 'exchange-clerk-token': 'ServiceAccountSecretArn', 'clerk-webhook': 'ClerkWebhookSecretArn' };
    for (const { folder, logicalId } of shipped) {
      const role = full.Resources[`${logicalId}Role`].Properties;
      const statements = (role.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const secret = secrets[folder];
      const expected = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: objects }];
      if (secret) expected.push({ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: secret } });
      if (folder === 'key-mirror') expected.push({ Effect: 'Allow', Action: 's3:PutObject', Resource: objects });
      assert.deepEqual(statements, expected, folder);
      const variables = full.Resources[logicalId].Properties.Environment.Variables;
      assert.deepEqual(variables.FIREBASE_SERVICE_ACCOUNT_SECRET, secret && { Ref: secret }, folder);
      assert.equal(Object.keys(variables).some((name) => name.startsWith('CLERK_')), ['exchange-clerk-token', 'key-mirror'].includes(folder), folder);
      assert.deepEqual(variables.FIREBASE_KEYS_MIRROR, { 'Fn::Sub': 's3://$' + '{KeysMirrorBucket}/firebase-keys' }, folder);
      const managed = role.ManagedPolicyArns.map((arn) => arn['Fn::Sub'] ?? arn);
      // Writing logs and traces, for which AWS offers no narrower resource.
      const allowed = /service-role\/AWSLambdaBasicExecutionRole$|AWSXrayWriteOnlyAccess$|AWSXRayDaemonWriteAccess$/;
      for (const arn of managed) assert.match(JSON.stringify(arn).replace(/"/g, ''), allowed, folder);
    }
  });

  test('nobody but the mirror writes keys, whatever another role allows; its schedule sends an event that it serves', () => {
    const { Properties: bucket } = full.Resources.KeysMirror;
    assert.deepEqual([bucket.BucketName, bucket.VersioningConfiguration.Status], [{ Ref: 'KeysMirrorBucket' }, 'Enabled']);
    for (const closed of Object.values(bucket.PublicAccessBlockConfiguration)) assert.equal(closed, true);
    const [only] = full.Resources.KeysMirrorPolicy.Properties.PolicyDocument.Statement;
    assert.deepEqual([only.Effect, only.Principal, only.Action], ['Deny', '*', 's3:PutObject']);
    assert.deepEqual(only.Condition, { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['KeyMirrorFunctionRole', 'Arn'] } } });
    const [[, { Properties: schedule }]] = ofType(full, 'AWS::Scheduler::Schedule');
    assert.equal(schedule.ScheduleExpression, 'rate(15 minutes)');
    assert.equal(JSON.parse(schedule.Target.Input).requestContext.http.method, 'POST');
    for (const type of ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::Scheduler::Schedule']) assert.deepEqual(ofType(bare, type), []);
  });

  test('accepts the whole ARN of a secret, and not a pattern', () => {
    for (const name of ['ServiceAccountSecretArn', 'ClerkWebhookSecretArn']) {
      const pattern = new RegExp(full.Parameters[name].AllowedPattern);
      for (const arn of [clerk[name], '', 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x-a1B2c3']) {
        assert.match(arn, pattern, name);
      }
      for (const arn of [
        '*', 'arn:aws:secretsmanager:*:*:secret:*', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:*',
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:firebase/*-Ab12Cd',
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:firebase-??????',
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:firebase-Ab12C*', 'arn:aws:secretsmanager:eu-west-1:*:secret:x-Ab12Cd',
        'arn:*:secretsmanager:eu-west-1:123456789012:secret:x-Ab12Cd', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x',
        'firebase/sign-in', `${clerk[name]},${clerk[name]}`,
      ]) {
        assert.doesNotMatch(arn, pattern, name);
      }
    }
    const others = Object.entries(full.Parameters).filter(([name]) => name.endsWith('Arn'));
    assert.ok(others.length >= 4);
    for (const [name, { AllowedPattern }] of others) {
      const [, service] = AllowedPattern.match(/:([a-z0-9-]+):/);
      for (const arn of [`arn:aws:${service}:*:*:*`, `arn:aws:${service}:eu-west-1:123456789012:x*`, `arn:aws:${service}:eu-west-1:123456789012:certificate/*`]) {
        assert.doesNotMatch(arn, new RegExp(AllowedPattern), name);
      }
    }
  });

  test('gives the shipped functions less time than the gateway, JSON logs, and the parameters', () => {
    for (const { logicalId, folder } of shipped) {
      const properties = full.Resources[logicalId].Properties;
      const streams = folder.startsWith('stream-');
      assert.deepEqual(properties.Timeout, streams ? { Ref: 'StreamTimeout' } : 28, `${folder}: below the gateway's 29 seconds`);
      assert.equal(properties.Runtime, 'provided.al2023');
      assert.deepEqual(properties.Architectures, [{ Ref: 'Architecture' }]);
      assert.equal(properties.LoggingConfig.LogFormat, 'JSON');
      assert.deepEqual(properties.LoggingConfig.LogGroup, { Ref: 'Logs' });
      assert.deepEqual(properties.MemorySize, { Ref: 'MemorySize' });
      assert.deepEqual(properties.ReservedConcurrentExecutions, { Ref: 'ReservedConcurrency' });
      // The alarm on the mirror's copies reads its lines.
      assert.deepEqual(properties.LoggingConfig.ApplicationLogLevel, folder === 'key-mirror' ? 'INFO' : { Ref: 'LogLevel' });
      assert.deepEqual(properties.TracingConfig.Mode, { Ref: 'Tracing' });
      assert.deepEqual(properties.Environment.Variables.FIREBASE_PROJECT_ID, { Ref: 'FirebaseProjectId' });
    }
    const { logicalId } = functions[0];
    const plain = bare.Resources.ReturnAuthenticatedMessageFunction.Properties;
    assert.equal(plain.ReservedConcurrentExecutions, undefined, logicalId);
    assert.equal(plain.TracingConfig, undefined);
    const mayTrace = (template) => JSON.stringify(template.Resources.ReturnAuthenticatedMessageFunctionRole).includes('XRay') || JSON.stringify(template.Resources.ReturnAuthenticatedMessageFunctionRole).includes('Xray');
    assert.deepEqual([mayTrace(full), mayTrace(bare)], [true, false], 'only with tracing may a function write traces');
    assert.equal(bare.Parameters.Architecture.Default, 'arm64');
  });

  test('logs address, request and status, but no header', () => {
    const [, { Properties: stage }] = ofType(full, 'AWS::ApiGateway::Stage')[0];
    const format = JSON.parse(stage.AccessLogSetting.Format);
    assert.deepEqual(Object.keys(format), ['request_id', 'gatewayRequestId', 'ip', 'method', 'path', 'status', 'latencyMs']);
    assert.doesNotMatch(stage.AccessLogSetting.Format, /header/i);
    const [, { Properties: plain }] = ofType(bare, 'AWS::ApiGateway::Stage')[0];
    assert.equal(plain.AccessLogSetting, undefined);
  });

  test('lets a stream take fifteen minutes, at the gateway and in its function', () => {
    for (const [route, integration] of methods(full)) {
      const { stream } = functions.find(({ routes }) => routes.includes(route));
      assert.equal(integration.timeoutInMillis, stream ? 900_000 : undefined, route);
    }
    assert.deepEqual([full.Parameters.StreamTimeout.Default, full.Parameters.StreamTimeout.MaxValue], [900, 900]);
  });

  test('lets functions decrypt with a key of your own, and with no other, where they read secrets', async () => {
    const SecretsKeyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const template = await transformed('template.yaml', { ...clerk, SecretsKeyArn });
    for (const { folder, logicalId } of shipped.filter(({ folder }) => folder !== 'key-mirror')) {
      const { Policies = [] } = template.Resources[`${logicalId}Role`].Properties;
      const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter(({ Action }) => Action.startsWith('kms:'));
      const expected = folder.includes('clerk') ? [{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: { Ref: 'SecretsKeyArn' } }] : [];
      assert.deepEqual(statements, expected, folder);
    }
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
    const template = await transformed('template.yaml');
    answers = gatewayAnswers(template);
    gateway = await startGateway(answers, template);
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
    assert.deepEqual(stagesOf(template), [], 'it has a URL, and no stage');
    const [[, { Properties: url }]] = ofType(template, 'AWS::Lambda::Url');
    assert.deepEqual([url.AuthType, url.InvokeMode, url.Cors], ['NONE', 'RESPONSE_STREAM', undefined]);
    const [[, { Properties: lambda }]] = ofType(template, 'AWS::Lambda::Function');
    assert.equal(lambda.Environment.Variables.CALLABLE_RESPONSE_MODE, 'stream');
    const actions = ofType(template, 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties.Action);
    assert.deepEqual(actions.sort(), ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'], 'both are needed since 2025');
  },
  'docs/templates/cloudfront.yaml': (template) => {
    const [[, { Properties: { DistributionConfig: config } }]] = ofType(template, 'AWS::CloudFront::Distribution');
    assert.deepEqual(ofType(template, 'AWS::CloudFront::OriginAccessControl'), [], 'a signature would take the place of the ID token');
    assert.equal(config.CustomErrorResponses, undefined, 'they would replace the errors of the functions, too');
    for (const { OriginReadTimeout } of config.Origins.map(({ CustomOriginConfig }) => CustomOriginConfig)) {
      assert.equal(OriginReadTimeout, 60, 'longer than the 30 seconds between two blanks of a silent stream');
    }
    for (const behavior of [config.DefaultCacheBehavior, ...config.CacheBehaviors]) {
      assert.equal(behavior.CachePolicyId, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', 'nothing is cached');
      assert.equal(behavior.ResponseHeadersPolicyId, undefined, 'only the functions send CORS headers');
      assert.ok(behavior.AllowedMethods.length === 7, 'every method reaches the function');
      assert.equal(behavior.ViewerProtocolPolicy, 'https-only', 'a redirect would lose the body');
      assert.equal(behavior.OriginRequestPolicyId !== undefined, behavior.PathPattern !== undefined, 'Authorization reaches the functions');
    }
    const routes = config.CacheBehaviors.map(({ PathPattern, TargetOriginId }) => [PathPattern, TargetOriginId]);
    const names = ['returnAuthenticatedMessage', 'streamAuthenticatedMessage'];
    assert.deepEqual(routes, names.flatMap((name) => [[`/${name}`, name], [`/*/*/${name}`, name]]));
    for (const [id, { Properties: { AuthType, InvokeMode, Cors } }] of ofType(template, 'AWS::Lambda::Url')) {
      const { Environment, Timeout } = template.Resources[id.replace(/Url$/, '')].Properties;
      assert.deepEqual([AuthType, Cors], ['NONE', undefined], id);
      assert.equal(InvokeMode === 'RESPONSE_STREAM', Environment.Variables.CALLABLE_RESPONSE_MODE === 'stream', id);
      if (InvokeMode !== 'RESPONSE_STREAM') assert.ok(Timeout < 60, 'before CloudFront gives up');
    }
  },
  'docs/templates/load-balancer.yaml': (template) => {
    const [[id, { Properties: target, DependsOn }]] = ofType(template, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    assert.deepEqual(target.TargetGroupAttributes, [{ Key: 'lambda.multi_value_headers.enabled', Value: 'true' }]);
    assert.equal(target.HealthCheckEnabled, undefined, 'each health check would be a call');
    assert.equal(template.Resources[DependsOn].Type, 'AWS::Lambda::Permission', `${id} registers a function that it may invoke`);
    const [[, { Properties: balancer }]] = ofType(template, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const [{ Value: idle }] = balancer.LoadBalancerAttributes.filter(({ Key }) => Key === 'idle_timeout.timeout_seconds');
    for (const [, { Properties: lambda }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.equal(lambda.Environment.Variables.CALLABLE_RESPONSE_MODE, undefined, 'a load balancer does not stream');
      assert.ok(lambda.Timeout < Number(idle));
    }
    const [[, { Properties: listener }]] = ofType(template, 'AWS::ElasticLoadBalancingV2::Listener');
    assert.deepEqual([listener.Protocol, listener.ListenerAttributes], ['HTTPS', undefined], 'only the functions send CORS headers');
  },
  'docs/templates/managed-instances.yaml': (template) => {
    const [[provider, { Properties: instances }]] = ofType(template, 'AWS::Lambda::CapacityProvider');
    assert.deepEqual(instances.CapacityProviderScalingConfig.MaxVCpuCount, { Ref: 'MaxVCpuCount' }, 'the cost has a bound');
    const [[id, { Properties: lambda }]] = ofType(template, 'AWS::Lambda::Function');
    assert.deepEqual(lambda.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig, {
      CapacityProviderArn: { 'Fn::GetAtt': [provider, 'Arn'] }, PerExecutionEnvironmentMaxConcurrency: { Ref: 'CallsAtOnce' },
    });
    assert.deepEqual(lambda.Architectures, instances.InstanceRequirements.Architectures);
    assert.ok(lambda.MemorySize >= 2048, 'the least that is possible');
    const [[, { Properties: alias }]] = ofType(template, 'AWS::Lambda::Alias');
    assert.deepEqual(alias.FunctionName, { Ref: id }, 'instances run published versions');
    const [[, { Properties: api }]] = ofType(template, 'AWS::ApiGatewayV2::Api');
    assert.equal(api.CorsConfiguration, undefined, 'only the functions send CORS headers');
    for (const item of Object.values(api.Body.paths)) {
      assert.match(JSON.stringify(item), new RegExp(`\\{${id}Aliaslive\\}`), 'the gateway calls the published version');
    }
  },
  'docs/templates/http-api.yaml': (template) => {
    const [[, { Properties: api }]] = ofType(template, 'AWS::ApiGatewayV2::Api');
    assert.equal(api.CorsConfiguration, undefined, 'only the functions send CORS headers');
    assert.deepEqual(stagesOf(template), ['$default'], 'one stage is public');
    const [[, { Properties: stage }]] = ofType(template, 'AWS::ApiGatewayV2::Stage');
    const throttle = { ThrottlingRateLimit: { Ref: 'ThrottleRate' }, ThrottlingBurstLimit: { Ref: 'ThrottleBurst' } };
    assert.deepEqual(stage.DefaultRouteSettings, throttle);
    assert.deepEqual(Object.keys(api.Body.paths).sort(), ['/returnAuthenticatedMessage', '/{project}/{region}/returnAuthenticatedMessage']);
    for (const [, { Properties: lambda }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.equal(lambda.Environment.Variables.CALLABLE_RESPONSE_MODE, undefined, 'an HTTP API does not stream');
      assert.ok(lambda.Timeout < 30);
    }
  },
  'docs/templates/web-function.yaml': (template) => {
    const [[, { Properties: revision }]] = ofType(template, 'AWS::Lambda::WebFunctionRevision');
    assert.deepEqual(revision.BuildConfig.RuntimeConfig, { Runtime: 'nodejs24.x' });
    const { EnvironmentVariables: variables, TimeoutSeconds } = revision.ServiceConfig;
    assert.deepEqual(variables.REQUEST_TIMEOUT_SECONDS, TimeoutSeconds, 'the function answers before Lambda does');
    // The one that SAM makes of EntryPoint; AWS refuses others of these names.
    assert.deepEqual(Object.keys(variables).filter((name) => name.startsWith('AWS_LAMBDA_')), ['AWS_LAMBDA_NODEJS_ENTRYPOINT']);
    const [[, { Properties: endpoint }]] = ofType(template, 'AWS::Lambda::WebFunctionEndpoint');
    assert.equal(endpoint.AuthType, 'ApplicationManaged', 'it checks no identity');
    assert.ok(endpoint.ThrottleConfig.RateLimit && endpoint.ScalingConfig.MaxEnvironments, 'the cost is bounded');
  },
})) {
  test(`${file} is a front that the same binary serves`, async () => {
    check(await transformed(file));
  });
}
