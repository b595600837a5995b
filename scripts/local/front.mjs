// The gateway of `make run`. For unknown names, and for functions that do not start, `cargo lambda watch` answers without
// CORS headers, and a browser hides such answers from the page: the front answers these itself. The functions' own
// answers are forwarded unchanged.

import { once } from 'node:events';
import http from 'node:http';

const NOT_FOUND = [404, '{"error":{"message":"Not Found","status":"NOT_FOUND"}}'];
const LATE = [504, '{"error":{"message":"Deadline Exceeded","status":"DEADLINE_EXCEEDED"}}'];
const INTERNAL = [500, '{"error":{"message":"INTERNAL","status":"INTERNAL"}}'];

/** Lambda's longest call, in ms. The simulator sometimes loses a call when it restarts a function for its new build. */
const LONGEST_CALL = 900_000;

/**
 * Forwards requests on `port` to the simulator at `upstream` if the last part of the path is one of `names`. Reports
 * each request that waits for the head of its answer to `watchdog`.
 */
export async function startFront({ port, upstream, names, watchdog, longest = LONGEST_CALL }) {
  const server = http.createServer((request, response) => {
    const target = routeOf(request.url, names);
    if (!target) return answer(request, response, NOT_FOUND);
    return forward(request, response, { upstream, target, longest, answered: watchdog?.waits(target.name) });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

/**
 * The function that a request is for, and its path at the simulator. The simulator knows `/name` and
 * `/project/region/name`; for any other prefix, such as a stage (`/prod/name`), the path becomes `/name`.
 */
export function routeOf(url, names) {
  const [path] = url.split(/[?#]/, 1);
  const parts = path.split('/');
  const name = parts.at(-1);
  if (!names.includes(name)) return undefined;
  const known = parts[0] === '' && (parts.length === 2 || (parts.length === 4 && parts[1] && parts[2]));
  return { name, path: known ? url : `/${name}${url.slice(path.length)}` };
}

function forward(request, response, { upstream, target, longest, answered = () => {} }) {
  const { method, headers } = request;
  let failure = INTERNAL;
  const late = setTimeout(() => {
    failure = LATE;
    onward.destroy(new Error('no answer'));
  }, longest);
  response.on('close', () => {
    clearTimeout(late);
    answered();
  });
  const onward = http.request(upstream, { method, path: target.path, headers }, (back) => {
    clearTimeout(late);
    answered();
    if (back.statusCode >= 500 && !back.headers['access-control-allow-origin']) {
      back.resume();
      return answer(request, response, INTERNAL);
    }
    response.writeHead(back.statusCode, back.headers);
    back.pipe(response);
    return back.on('error', () => response.destroy());
  });
  onward.on('error', () => (response.headersSent ? response.destroy() : answer(request, response, failure)));
  response.on('close', () => onward.destroy()); // when a client disconnects, its call ends
  return request.pipe(onward);
}

/**
 * The front's own answer: JSON, or an event for a streaming client. A preflight gets 204: only then does the browser send
 * the call, and the page can read why it is refused.
 */
function answer(request, response, [status, body]) {
  const streaming = request.headers.accept === 'text/event-stream';
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    const asked = request.headers['access-control-request-headers'];
    return response.writeHead(204, { 'access-control-allow-methods': 'POST', ...(asked && { 'access-control-allow-headers': asked }) }).end();
  }
  const type = streaming ? 'text/event-stream' : 'application/json';
  return response.writeHead(streaming ? 200 : status, { 'content-type': type }).end(streaming ? `data: ${body}\n\n` : body);
}
