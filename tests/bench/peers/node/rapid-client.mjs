// Posts the answer. Replaces the runtime client's native module, which is not built.

import http from 'node:http';

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const post = (id, kind, body) => {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const path = `/2018-06-01/runtime/invocation/${id}/${kind}`;
  const request = http.request({ hostname, port, agent, method: 'POST', path, headers }, (response) => response.resume());
  request.end(body);
};
export const initializeClient = () => {};
export const done = (id, body) => post(id, 'response', body);
export const error = (id, body) => post(id, 'error', body);
