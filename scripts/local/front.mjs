// What stands in front of the functions in production, for `make run`: `cargo lambda watch` answers unknown names and
// functions that do not start without CORS, so that a browser could not read it. The functions' own answers pass.

import { once } from 'node:events';
import http from 'node:http';

const NOT_FOUND = [404, '{"error":{"message":"Not Found","status":"NOT_FOUND"}}'];
const INTERNAL = [500, '{"error":{"message":"INTERNAL","status":"INTERNAL"}}'];

/** Serves on `port` what the simulator at `upstream` serves, if the last part of the path is one of `names`. */
export async function startFront({ port, upstream, names }) {
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://front').pathname.split('/').pop();
    if (!names.includes(name)) return answer(request, response, NOT_FOUND);
    const { method, headers, url: path } = request;
    const onward = http.request(upstream, { method, path, headers }, (back) => {
      if (back.statusCode >= 500 && !back.headers['access-control-allow-origin']) {
        back.resume();
        return answer(request, response, INTERNAL);
      }
      response.writeHead(back.statusCode, back.headers);
      back.pipe(response);
      return back.on('error', () => response.destroy());
    });
    onward.on('error', () => (response.headersSent ? response.destroy() : answer(request, response, INTERNAL)));
    response.on('close', () => onward.destroy()); // whoever goes away ends the call
    return request.pipe(onward);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${port}` };
}

/** An answer of the front's own, as a client reads it: a streaming one wants an event. */
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
