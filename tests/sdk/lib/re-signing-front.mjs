// A proxy of the Auth emulator that signs its unsigned tokens and serves the key: the real SDK then sends real RS256
// tokens, which a function without the emulator feature verifies.

import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const TOKENS = ['idToken', 'id_token', 'access_token'];

/** Starts the front of the emulator at `target`. */
export async function startReSigningFront(target) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = 'front-key';
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] });
  let keyRequests = 0;

  const server = createServer(async (request, response) => {
    if (request.url === '/keys') {
      keyRequests += 1;
      response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'public, max-age=21600' });
      response.end(jwks);
      return;
    }
    const body = await read(request);
    const headers = { ...request.headers };
    for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) delete headers[name];
    const answer = await fetch(target + request.url, { method: request.method, headers, body: body.length ? body : undefined });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(reSigned(text));
  });

  const reSigned = (text) => {
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      return text;
    }
    for (const name of TOKENS) {
      if (typeof json?.[name] === 'string' && json[name].endsWith('.')) json[name] = signToken(json[name]);
    }
    return JSON.stringify(json);
  };
  const signToken = (unsigned) => signClaims(JSON.parse(Buffer.from(unsigned.split('.')[1], 'base64url')));
  /** Any claims, signed with the key of the front. */
  const signClaims = (claims, header = { alg: 'RS256', kid, typ: 'JWT' }) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const message = `${part(header)}.${part(claims)}`;
    return `${message}.${sign('RSA-SHA256', Buffer.from(message), privateKey).toString('base64url')}`;
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    keys: `${url}/keys`,
    keyRequests: () => keyRequests,
    signClaims,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
