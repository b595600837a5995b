// Tokens as Firebase issues them, signed with a key pair that is made anew in each run, and a server of its public key in
// the two forms that servers read: a JWK set, and PEM by key id.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const kid = 'test-key';
const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token factory for one project. */
export function makeKeys({ project, number, now = Math.floor(Date.now() / 1000) }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const signed = (claims, header, by = privateKey) => {
    const message = `${part({ alg: 'RS256', kid, typ: 'JWT', ...header })}.${part(claims)}`;
    return `${message}.${sign('RSA-SHA256', Buffer.from(message), by).toString('base64url')}`;
  };
  const idClaims = (claims) => ({
    iss: `https://securetoken.google.com/${project}`, aud: project, sub: 'ada', user_id: 'ada',
    auth_time: now - 60, iat: now - 60, exp: now + 3000, firebase: { sign_in_provider: 'custom', identities: {} }, ...claims,
  });
  const appClaims = (claims) => ({
    iss: `https://firebaseappcheck.googleapis.com/${number}`, aud: [`projects/${number}`, `projects/${project}`],
    sub: `1:${number}:web:abc`, iat: now - 60, exp: now + 3000, ...claims,
  });
  const unsigned = `${part({ alg: 'none', typ: 'JWT' })}.${part(idClaims())}.`;
  return {
    project,
    number,
    now,
    /** An ID token, with these claims and header members beside or instead of the usual ones. */
    token: (claims, header) => signed(idClaims(claims), header),
    /** Likewise an App Check token. */
    appToken: (claims, header) => signed(appClaims(claims), header),
    /** Tokens that somebody without the key can make. */
    forged: {
      'signed with another key': () => signed(idClaims(), {}, stranger),
      'alg none': () => unsigned,
      'alg HS256, with the public key as the secret': () => {
        const message = `${part({ alg: 'HS256', kid, typ: 'JWT' })}.${part(idClaims())}`;
        return `${message}.${createHmac('sha256', pem).update(message).digest('base64url')}`;
      },
      'the claims replaced': () => {
        const [head, , signature] = signed(idClaims()).split('.');
        return `${head}.${part(idClaims({ sub: 'admin' }))}.${signature}`;
      },
    },
    forgedAppToken: () => signed(appClaims(), {}, stranger),
    /** What the Auth emulator issues. */
    unsigned,
    jwks: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] }),
    pems: JSON.stringify({ [kid]: pem }),
  };
}

/** Serves the public key: where the path contains `x509`, as PEM by key id; elsewhere as a JWK set. */
export async function serveKeys({ jwks, pems }, port = 0) {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json; charset=UTF-8');
    response.setHeader('cache-control', 'public, max-age=21600');
    response.end(request.url.includes('x509') ? pems : jwks);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
