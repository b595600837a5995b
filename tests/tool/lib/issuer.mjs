// An issuer of ID tokens of its own: a key pair, the endpoint of its public key, and a token that it signs.

import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const MAX_AGE = 21_600;

/** Answers at `url` until it is closed. */
export async function startIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'packed', alg: 'RS256', use: 'sig' };
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': `public, max-age=${MAX_AGE}` });
    response.end(JSON.stringify({ keys: [key] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    url: `http://127.0.0.1:${server.address().port}/jwks`,
    key,
    maxAge: MAX_AGE,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    /** An ID token of this user for this project. */
    token(project, uid) {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: `https://securetoken.google.com/${project}`,
        aud: project,
        sub: uid,
        user_id: uid,
        auth_time: now,
        iat: now,
        exp: now + 3600,
        firebase: { identities: {}, sign_in_provider: 'custom' },
      };
      const text = `${part({ alg: 'RS256', kid: key.kid, typ: 'JWT' })}.${part(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}
