// Simulates Lambda and a Function URL: an HTTP server that turns each request into an event, hands it to the function
// through the Runtime API, and sends the answer that the function posts.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { startRuntime } from '../../lib/lambda-runtime.mjs';

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
