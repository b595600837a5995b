// What stands in front of the functions in production, for `make run`: `cargo lambda watch` answers unknown names and
// functions that do not start without CORS, so that a browser could not read it. The functions' own answers pass.

import { once } from 'node:events';
import http from 'node:http';

const NOT_FOUND = [404, '{"error":{"message":"Not Found","status":"NOT_FOUND"}}'];
const LATE = [504, '{"error":{"message":"Deadline Exceeded","status":"DEADLINE_EXCEEDED"}}'];
const INTERNAL = [500, '{"error":{"message":"INTERNAL","status":"INTERNAL"}}'];

/** Lambda's longest call. The simulator loses one now and then, when it ends a function to start its new build. */
const LONGEST_CALL = 900_000;

/**
 * Serves on `port` what the simulator at `upstream` serves, if the last part of the path is one of `names`. Each
 * request that waits for the head of its answer is told to `watchdog`.
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
 * The function that a request is for, and the path at which the simulator has it. It knows `/name` and
 * `/project/region/name`; with a stage (`/prod/name`) or anything else before the name, it is asked for `/name`.
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
  response.on('close', () => onward.destroy()); // whoever goes away ends the call
  return request.pipe(onward);
}

/** An answer of the front's own, as a client reads it: a streaming one wants an event. A preflight is 204: a browser
 *  sends what it asks about only then, and reads why it is refused. */
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
