// Simulates Lambda and a Function URL: an HTTP server that turns each request into an event, hands it to the function
// through the Runtime API, and sends the answer that the function posts.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { start } from '../../lib/process.mjs';

/** Serves each binary of `functions` (by name) on `/<name>`, with its own environment. */
export async function startLambda(functions) {
  const runtimes = Object.fromEntries(
    await Promise.all(Object.entries(functions).map(async ([name, { binary, env }]) => [name, await startRuntime(name, binary, env)])),
  );
  const front = createServer(async (request, response) => {
    const runtime = runtimes[request.url.split('/').pop().split('?')[0]];
    if (!runtime) return response.writeHead(404).end();
    const answer = await runtime.invoke(await eventOf(request));
    response.writeHead(answer.statusCode, answer.headers);
    return response.end(answer.isBase64Encoded ? Buffer.from(answer.body, 'base64') : answer.body);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: `http://127.0.0.1:${front.address().port}`,
    output: (name) => runtimes[name].output(),
    stop: async () => {
      front.closeAllConnections();
      front.close();
      await Promise.all(Object.values(runtimes).map((runtime) => runtime.stop()));
    },
  };
}

async function eventOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.url,
    rawQueryString: '',
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    requestContext: {
      accountId: 'anonymous', apiId: 'x', domainName: 'x', domainPrefix: 'x', requestId: 'r', routeKey: '$default',
      stage: '$default', time: '', timeEpoch: 0,
      http: { method: request.method, path: request.url, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' },
    },
    ...(body && { body }),
    isBase64Encoded: false,
  };
}

/** The Runtime API of one function. */
async function startRuntime(name, binary, env) {
  const events = [];
  const polls = [];
  const waiting = new Map();
  let count = 0;
  const pump = () => {
    while (events.length && polls.length) polls.shift()(events.shift());
  };
  const server = createServer(async (request, response) => {
    const [, , , id, kind] = request.url.slice(1).split('/');
    if (request.url.endsWith('/invocation/next')) {
      polls.push(({ id: next, event }) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': next,
          'lambda-runtime-deadline-ms': String(Date.now() + 30_000),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-1:123456789012:function:f',
        });
        response.end(JSON.stringify(event));
      });
      return pump();
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    const text = Buffer.concat(chunks).toString();
    if (kind === 'response') resolve(JSON.parse(text));
    else reject(new Error(text));
    return response.writeHead(202).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const process = start(binary, [], {
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_REGION: 'eu-west-1',
      ...env,
    },
  });
  process.exited.then((code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended (${code}):\n${process.output}`));
  });
  return {
    invoke: (event) => new Promise((resolve, reject) => {
      const id = `request-${(count += 1)}`;
      waiting.set(id, { resolve, reject });
      events.push({ id, event });
      pump();
    }),
    output: () => process.output,
    stop: async () => {
      await process.stop('SIGTERM');
      server.closeAllConnections();
      server.close();
    },
  };
}
