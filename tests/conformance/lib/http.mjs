// One request, sent byte for byte as given, and its whole answer. The paths of URLs and the headers are not normalised.

import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

const DEADLINE_MS = 30_000;

/**
 * Sends `method`, `headers` and `body` to `url`. `pieces` of the answer counts the reads in which the body arrived: a
 * server that sends events one by one causes several.
 */
export function send(url, { method, headers, body }) {
  const { protocol, hostname, port, origin } = new URL(url);
  return new Promise((resolve, reject) => {
    // Node sends the body of a GET or DELETE without a length, which a server takes for the next request.
    const length = body === undefined || headers['transfer-encoding'] ? {} : { 'content-length': Buffer.byteLength(body) };
    const options = { host: hostname, port, method, path: url.slice(origin.length) || '/', headers: { connection: 'close', ...length, ...headers } };
    const request = (protocol === 'https:' ? overHttps : overHttp)(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(late);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(), pieces: chunks.length });
      });
    });
    const late = setTimeout(() => request.destroy(new Error(`no answer to ${method} ${url} in ${DEADLINE_MS / 1000} s`)), DEADLINE_MS);
    request.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    request.end(body);
  });
}
