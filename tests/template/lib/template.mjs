// A SAM template after SAM's transform, and a simulated gateway that answers as the template defines.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';

import { root } from '../../lib/process.mjs';

/** The template after SAM's transform at the time `at` (in seconds), with `!If` resolved for these parameters. */
export async function transformed(file, parameters = {}, at = undefined) {
  const given = Object.entries({ FirebaseProjectId: 'my-app', ...parameters }).map(([name, value]) => `${name}=${value}`);
  const python = path.join(root, '.tools/venv/bin/python');
  const run = promisify(execFile)(python, [path.join(root, 'tests/template/transform.py'), file, ...(at ? [`--at=${at}`] : []), ...given], {
    cwd: root, maxBuffer: 64 << 20,
  });
  const template = JSON.parse((await run).stdout);
  const values = Object.fromEntries(given.map((text) => text.split(/=(.*)/s)));
  const holds = (condition) => isTrue(template, values, condition);
  const absent = Symbol('AWS::NoValue');
  const resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== absent);
    if (value === null || typeof value !== 'object') return value;
    if (value.Ref === 'AWS::NoValue') return absent;
    if (value['Fn::If']) {
      const [condition, yes, no] = value['Fn::If'];
      return resolve(holds(template.Conditions[condition]) ? yes : no);
    }
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item)]).filter(([, item]) => item !== absent));
  };
  const resources = Object.entries(template.Resources)
    .filter(([, { Condition }]) => !Condition || holds(template.Conditions[Condition]))
    .map(([name, resource]) => [name, resolve(resource)]);
  return { ...template, Resources: Object.fromEntries(resources), Outputs: resolve(template.Outputs ?? {}) };
}

/** Whether a condition of CloudFormation's holds with these parameters. */
function isTrue(template, values, condition) {
  const holds = (inner) => isTrue(template, values, inner);
  if (condition.Condition) return holds(template.Conditions[condition.Condition]);
  if (condition['Fn::Not']) return !holds(condition['Fn::Not'][0]);
  if (condition['Fn::And']) return condition['Fn::And'].every(holds);
  if (condition['Fn::Or']) return condition['Fn::Or'].some(holds);
  if (condition['Fn::Equals']) {
    const [one, other] = condition['Fn::Equals'].map((value) => String(value.Ref ? values[value.Ref] ?? template.Parameters?.[value.Ref]?.Default : value));
    return one === other;
  }
  throw new Error(`this function does not know the condition ${JSON.stringify(condition)}`);
}

/** The sentences of the rules that these parameters break: CloudFormation checks them before it creates anything. */
export function brokenRules(template, values) {
  return Object.values(template.Rules ?? {})
    .filter(({ RuleCondition }) => !RuleCondition || isTrue(template, values, RuleCondition))
    .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => !isTrue(template, values, Assert)).map(({ AssertDescription }) => AssertDescription));
}

/** The names of all stages that are public after a deployment. */
export function stagesOf(template) {
  return Object.values(template.Resources)
    .filter(({ Type }) => /^AWS::ApiGateway(V2)?::(Stage|Deployment)$/.test(Type))
    .map(({ Properties }) => Properties.StageName)
    .filter((name) => name !== undefined);
}

/** The routes of the REST API. */
const pathsOf = (template) =>
  Object.values(template.Resources).find(({ Type }) => Type === 'AWS::ApiGateway::RestApi').Properties.Body.paths;

/**
 * The integration that the gateway chooses for a request: at each part of the path a literal name comes before the
 * variable, and `{proxy+}` takes all parts that are left. Undefined where it answers MISSING_AUTHENTICATION_TOKEN.
 */
export function integrationOf(template, method, url) {
  const tree = { children: {} };
  for (const [route, item] of Object.entries(pathsOf(template))) {
    let node = tree;
    for (const part of route.split('/').filter(Boolean)) {
      node.children[part] ??= { children: {} };
      const variables = Object.keys(node.children).filter((name) => name.startsWith('{'));
      if (variables.length > 1) throw new Error(`API Gateway allows one variable below a part, but here are ${variables}`);
      node = node.children[part];
    }
    node.item = item;
  }
  const find = (node, parts) => {
    if (parts.length === 0) return node.item;
    const literal = node.children[parts[0]];
    if (literal) return find(literal, parts.slice(1));
    const [variable] = Object.keys(node.children).filter((name) => name.startsWith('{'));
    if (variable?.endsWith('+}')) return node.children[variable].item;
    return variable && find(node.children[variable], parts.slice(1));
  };
  const item = find(tree, url.split('/').filter(Boolean));
  const operation = item?.[method.toLowerCase()] ?? item?.['x-amazon-apigateway-any-method'];
  return operation?.['x-amazon-apigateway-integration'];
}

/** The gateway's own answers, each with API Gateway's name for the kind of failure. */
export function gatewayAnswers(template) {
  const { Body } = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::ApiGateway::RestApi').Properties;
  return Object.entries(Body['x-amazon-apigateway-gateway-responses']).map(([name, response]) => ({
    name,
    status: Number(response.statusCode),
    headers: Object.fromEntries(
      Object.entries(response.responseParameters).map(([key, value]) => [key.replace('gatewayresponse.header.', ''), value.slice(1, -1)]),
    ),
    body: response.responseTemplates['application/json'],
  }));
}

/**
 * A gateway at which every call fails with the answer that its path names. Preflights reach a function where `template`
 * has a route for them.
 */
export async function startGateway(answers, template) {
  const server = createServer((request, response) => {
    request.resume();
    const { origin } = request.headers;
    const named = request.method === 'OPTIONS' ? 'MISSING_AUTHENTICATION_TOKEN' : request.url.split('/').pop();
    if (request.method === 'OPTIONS' && integrationOf(template, 'OPTIONS', request.url)) {
      response.writeHead(204, {
        'access-control-allow-origin': origin, 'access-control-allow-methods': 'POST',
        'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
      });
      response.end();
      return;
    }
    const { status, headers, body } = answers.find(({ name }) => name === named);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The code and message with which the client must report each answer. */
export const expectedErrors = {
  DEFAULT_4XX: ['invalid-argument', 'Bad Request'],
  MISSING_AUTHENTICATION_TOKEN: ['not-found', 'Not Found'],
  RESOURCE_NOT_FOUND: ['not-found', 'Not Found'],
  BAD_REQUEST_BODY: ['invalid-argument', 'Bad Request'],
  BAD_REQUEST_PARAMETERS: ['invalid-argument', 'Bad Request'],
  UNSUPPORTED_MEDIA_TYPE: ['invalid-argument', 'Bad Request'],
  REQUEST_TOO_LARGE: ['invalid-argument', 'Request Too Large'],
  ACCESS_DENIED: ['permission-denied', 'Permission Denied'],
  WAF_FILTERED: ['permission-denied', 'Permission Denied'],
  THROTTLED: ['resource-exhausted', 'Too Many Requests'],
  QUOTA_EXCEEDED: ['resource-exhausted', 'Too Many Requests'],
  DEFAULT_5XX: ['internal', 'INTERNAL'],
  API_CONFIGURATION_ERROR: ['internal', 'INTERNAL'],
  INTEGRATION_FAILURE: ['unavailable', 'Unavailable'],
  INTEGRATION_TIMEOUT: ['deadline-exceeded', 'Deadline Exceeded'],
};

/** The HTTP status of each code; the SDKs read it if there is no body. */
export const httpStatus = {
  'invalid-argument': 400, 'permission-denied': 403, 'not-found': 404, 'resource-exhausted': 429, internal: 500,
  unavailable: 503, 'deadline-exceeded': 504,
};
