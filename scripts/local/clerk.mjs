// A Clerk instance that exists on this machine only: its key pair, what exchangeClerkToken must know of it, and
// sessions for the demo page.

import { generateKeyPairSync, sign } from 'node:crypto';

const issuer = 'https://clerk.demo.example';

/** An instance with a key made now, for pages on the origin `party`. */
export function clerkInstance(party = 'http://localhost:5000') {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    variables: {
      CLERK_ISSUER: issuer,
      CLERK_AUTHORIZED_PARTIES: party,
      CLERK_JWT_KEY: publicKey.export({ type: 'spki', format: 'pem' }),
    },
    /** A session token of `user`, as Clerk's library hands it to the page; it lives a minute. */
    session: (user) => {
      const now = Math.floor(Date.now() / 1000);
      const header = { alg: 'RS256', kid: 'ins_demo', typ: 'JWT', cat: 'cl_B7d4PD111AAA' };
      const claims = { iss: issuer, azp: party, sub: user, sid: 'sess_demo', sts: 'active', iat: now, nbf: now - 10, exp: now + 60 };
      const message = `${part(header)}.${part(claims)}`;
      return `${message}.${sign('RSA-SHA256', Buffer.from(message), privateKey).toString('base64url')}`;
    },
  };
}
