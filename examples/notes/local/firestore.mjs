// Firestore for a local run: the part of its REST interface that shareNote uses, with one rule: only signed-in users write.
// Google's own emulator has all of it, and needs Java.

import { createServer } from 'node:http';

const documents = new Map();

createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const url = new URL(request.url, 'http://localhost');
  const answer = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const error = (code, status) => answer(code, { error: { code, status, message: status } });
  if (!request.headers.authorization?.startsWith('Bearer ')) return error(403, 'PERMISSION_DENIED');
  const path = decodeURIComponent(url.pathname.replace('/v1/', ''));
  if (request.method === 'GET') return documents.has(path) ? answer(200, documents.get(path)) : error(404, 'NOT_FOUND');
  const name = `${path}/${url.searchParams.get('documentId')}`;
  if (documents.has(name)) return error(409, 'ALREADY_EXISTS');
  const now = new Date().toISOString();
  const document = { name, ...JSON.parse(body), createTime: now, updateTime: now };
  documents.set(name, document);
  return answer(200, document);
}).listen(9320, '127.0.0.1', () => console.log('Firestore listens'));
