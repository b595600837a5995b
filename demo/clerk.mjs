// Simulates a Clerk instance: a key pair, the variables that make exchangeClerkToken trust it, and session tokens as
// Clerk signs them or, for a test, with other claims and headers.

import { generateKeyPairSync, sign } from 'node:crypto';

/** An instance with a new key; its sessions are those of the application on the origin `party`. */
export function clerkInstance({ issuer = 'https://clerk.demo.example', party = 'http://localhost:5000' } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const signParts = (header, claims, hash = 'RSA-SHA256') => {
    const message = `${part(header)}.${part(claims)}`;
    return `${message}.${sign(hash, Buffer.from(message), privateKey).toString('base64url')}`;
  };
  return {
    pem,
    signParts,
    /** The variables of the function's environment. */
    variables: { CLERK_ISSUER: issuer, CLERK_AUTHORIZED_PARTIES: party, CLERK_JWT_KEY: pem },
    /** A session token, valid for a minute; a claim that is `undefined` is left out. */
    token: (claims = {}, header = {}, hash) => {
      const now = Math.floor(Date.now() / 1000);
      return signParts(
        { alg: 'RS256', kid: 'ins_1', typ: 'JWT', cat: 'cl_B7d4PD111AAA', oiat: now, ...header },
        {
          iss: issuer, azp: party, sub: 'user_ada', sid: 'sess_1', sts: 'active', fva: [0, -1],
          iat: now, nbf: now - 10, exp: now + 60, ...claims,
        },
        hash,
      );
    },
  };
}
