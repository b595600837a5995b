// Simulates Lambda's Runtime API for one function, for answers that are sent whole and for those that are streamed.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { start, within } from './process.mjs';

/** The Runtime API of one function. */
export async function startRuntime(name, binary, env) {
  const events = [];
  const polls = [];
  const waiting = new Map();
  const watching = new Set();
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
      pump();
      for (const look of watching) look();
      return undefined;
    }
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (request.headers['lambda-runtime-function-response-mode'] === 'streaming') {
      const ended = once(request, 'end');
      resolve(await streamed(request));
      await ended;
      return response.writeHead(202).end();
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
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
    /** How many events the function waits for now. */
    polls: () => polls.length,
    /** Resolves when the function waits for `wanted` events. */
    polled: (wanted) => within(30_000, `${wanted} polls of ${name}`, new Promise((resolve) => {
      const look = () => {
        if (polls.length < wanted) return;
        watching.delete(look);
        resolve();
      };
      watching.add(look);
      look();
    })),
    output: () => process.output,
    /** What the function has printed after the first `from` characters, once that has this text. */
    printed: async (from, pattern) => {
      await process.printed(new RegExp(`^[^]{${from}}[^]*${pattern.source}`));
      return process.output.slice(from);
    },
    stop: async () => {
      await process.stop('SIGTERM');
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A streamed answer: status and headers of its prelude, and the body while it arrives. */
async function streamed(request) {
  const pieces = request[Symbol.asyncIterator]();
  let seen = Buffer.alloc(0);
  let end;
  while ((end = seen.indexOf(Buffer.alloc(8))) < 0) {
    const { value, done } = await pieces.next();
    if (done) throw new Error('the answer has no prelude');
    seen = Buffer.concat([seen, value]);
  }
  const rest = seen.subarray(end + 8);
  async function* body() {
    if (rest.length) yield rest;
    yield* { [Symbol.asyncIterator]: () => pieces };
  }
  return { ...JSON.parse(seen.subarray(0, end)), stream: body() };
}
