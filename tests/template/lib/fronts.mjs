// The fronts of docs/templates, simulated by what the transformed template says: which path goes to which function, what
// of a request reaches it, and how its answer is sent. Events have the members of the recorded ones in tests/fixtures.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { Script, createContext } from 'node:vm';

import { startRuntime } from '../../lib/lambda-runtime.mjs';
import { root } from '../../lib/process.mjs';

/** CloudFront's managed policy AllViewerExceptHostHeader. */
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
/** What a load balancer hands to a function at most. */
const LARGEST_BODY = 1 << 20;

const ofType = (template, type) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const recorded = async (name) => JSON.parse(await readFile(path.join(root, `tests/fixtures/events/${name}.json`), 'utf8'));
const kebab = (id) => id.replace(/Function$/, '').replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();

/**
 * Starts the functions of `template`, with these variables beside those of the template, and their front.
 * `parameters` are the values of its parameters.
 */
export async function startFront(template, variables, parameters = {}) {
  const value = (given) => (given?.Ref ? String(parameters[given.Ref] ?? template.Parameters[given.Ref].Default) : given);
  const runtimes = {};
  for (const [id, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
    const own = Object.entries(Properties.Environment?.Variables ?? {}).map(([name, given]) => [name, value(given)]);
    const managed = Properties.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig;
    const more = managed && {
      AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances',
      AWS_LAMBDA_MAX_CONCURRENCY: value(managed.PerExecutionEnvironmentMaxConcurrency),
    };
    const binary = path.join(root, 'target/lambda', kebab(id), 'bootstrap');
    runtimes[id] = await startRuntime(kebab(id), binary, { ...Object.fromEntries(own), ...more, ...variables });
  }
  return { ...(await startFrontOf(await frontOf(template, runtimes), Object.values(runtimes))), runtimes };
}

/** Serves what `answer` answers to a request and its body; the runtimes behind it end with it. */
export async function startFrontOf(answer, runtimes) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status, headers, body } = await answer(request, Buffer.concat(chunks).toString());
    response.writeHead(status, headers);
    if (typeof body === 'string') return response.end(body);
    for await (const chunk of body) response.write(chunk);
    return response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all(runtimes.map((runtime) => runtime.stop()));
    },
  };
}

function frontOf(template, runtimes) {
  if (ofType(template, 'AWS::CloudFront::Distribution').length) return cloudFront(template, runtimes);
  if (ofType(template, 'AWS::ElasticLoadBalancingV2::Listener').length) return loadBalancer(template, runtimes);
  if (ofType(template, 'AWS::ApiGatewayV2::Api').length) return httpApi(template, runtimes);
  return functionUrl(Object.values(runtimes)[0]);
}

/** The headers of a request as events of version 2.0 have them: one text for each name. */
const headersOf = (request) => Object.fromEntries(Object.entries(request.headersDistinct).map(([name, values]) => [name, values.join(',')]));

/** Fills a recorded event of version 2.0. */
function version2(event, request, headers, body) {
  const [rawPath, rawQueryString = ''] = request.url.split('?');
  const http = { ...event.requestContext.http, method: request.method, path: rawPath };
  return { ...event, rawPath, rawQueryString, headers, cookies: undefined, requestContext: { ...event.requestContext, http }, body, isBase64Encoded: false };
}

/** An answer to an event of version 2.0, whole or streamed. */
const sent = ({ statusCode, headers, body = '', stream }) => ({ status: statusCode, headers, body: stream ?? body });

/** A Function URL, which answers through one runtime. */
export async function functionUrl(runtime) {
  const event = await recorded('function_url');
  return async (request, body) => sent(await runtime.invoke(version2(event, request, headersOf(request), body)));
}

async function httpApi(template, runtimes) {
  const [[, { Properties: api }]] = ofType(template, 'AWS::ApiGatewayV2::Api');
  const event = await recorded('http_api');
  const routes = Object.entries(api.Body.paths).map(([route, item]) => {
    const { uri } = item['x-amazon-apigateway-any-method']['x-amazon-apigateway-integration'];
    const [id] = Object.keys(runtimes).filter((id) => uri['Fn::Sub'].includes(`{${id}`));
    return [new RegExp(`^${route.replace(/\{\w+\}/g, '[^/]+')}$`), runtimes[id]];
  });
  return async (request, body) => {
    const found = routes.find(([route]) => route.test(request.url.split('?')[0]));
    if (!found) return { status: 404, headers: { 'content-type': 'application/json' }, body: '{"message":"Not Found"}' };
    return sent(await found[1].invoke(version2(event, request, headersOf(request), body)));
  };
}

/** Whether a pattern with `*` and `?` of CloudFront's or a load balancer's has this path. */
const has = (pattern, url) =>
  new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(url.split('?')[0]);

async function cloudFront(template, runtimes) {
  const [[, { Properties: { DistributionConfig: config } }]] = ofType(template, 'AWS::CloudFront::Distribution');
  const event = await recorded('function_url');
  const origins = Object.fromEntries(config.Origins.map(({ Id, DomainName }) => {
    const [, id] = JSON.stringify(DomainName).match(/"(\w+)Url"/);
    return [Id, { runtime: runtimes[id], host: `${id.toLowerCase()}.lambda-url.eu-west-1.on.aws` }];
  }));
  const behaviors = [...config.CacheBehaviors, { PathPattern: '*', ...config.DefaultCacheBehavior }];
  return async (request, body) => {
    const behavior = behaviors.find(({ PathPattern }) => has(PathPattern, request.url));
    if (!behavior.AllowedMethods.includes(request.method)) return { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>' };
    for (const { EventType, FunctionARN } of behavior.FunctionAssociations ?? []) {
      if (EventType !== 'viewer-request') throw new Error(`no ${EventType} here`);
      const { FunctionCode } = template.Resources[FunctionARN['Fn::GetAtt'][0].split('.')[0]].Properties;
      const headers = Object.fromEntries(Object.entries(headersOf(request)).map(([name, value]) => [name, { value }]));
      const own = edgeAnswer(FunctionCode, { request: { method: request.method, uri: request.url, headers } });
      if (own) return own;
    }
    const { runtime, host } = origins[behavior.TargetOriginId];
    // Without this policy, neither Authorization nor Origin would arrive.
    const headers = behavior.OriginRequestPolicyId === ALL_BUT_HOST ? headersOf(request) : {};
    return sent(await runtime.invoke(version2(event, request, { ...headers, host, via: '2.0 x.cloudfront.net (CloudFront)' }, body)));
  };
}

/** What a CloudFront Function answers; nothing if it passes the request on. */
function edgeAnswer(code, event) {
  const result = new Script(`${code}\nhandler(event)`).runInContext(createContext({ event }));
  if (result.statusCode === undefined) return undefined;
  const headers = Object.fromEntries(Object.entries(result.headers).map(([name, { value }]) => [name, value]));
  return { status: result.statusCode, headers, body: result.body ?? '' };
}

async function loadBalancer(template, runtimes) {
  const [[, { Properties: listener }]] = ofType(template, 'AWS::ElasticLoadBalancingV2::Listener');
  const rules = ofType(template, 'AWS::ElasticLoadBalancingV2::ListenerRule').map(([, { Properties }]) => Properties);
  rules.sort((one, other) => one.Priority - other.Priority);
  const event = await recorded('alb_multi_value');
  return async (request, body) => {
    const [pathname] = request.url.split('?');
    const rule = rules.find(({ Conditions }) => Conditions.every(({ PathPatternConfig }) => PathPatternConfig.Values.some((pattern) => has(pattern, pathname))));
    if (!rule) {
      const [{ FixedResponseConfig: fixed }] = listener.DefaultActions;
      return { status: Number(fixed.StatusCode), headers: { 'content-type': fixed.ContentType }, body: fixed.MessageBody };
    }
    if (body.length > LARGEST_BODY) return { status: 413, headers: { 'content-type': 'text/html' }, body: '<html>' };
    const target = template.Resources[rule.Actions[0].TargetGroupArn.Ref].Properties;
    const multiValue = target.TargetGroupAttributes.some(({ Key, Value }) => Key === 'lambda.multi_value_headers.enabled' && Value === 'true');
    if (!multiValue) throw new Error('this front knows the multi-value form only');
    const [{ Id }] = target.Targets;
    const answer = await runtimes[Id['Fn::GetAtt'][0]].invoke({
      ...event, httpMethod: request.method, path: pathname, multiValueHeaders: request.headersDistinct, body, isBase64Encoded: false,
    });
    return { status: answer.statusCode, headers: answer.multiValueHeaders, body: answer.body ?? '' };
  };
}
