// A Clerk instance in a key pair: session tokens as Clerk signs them, and any others.

import { generateKeyPairSync, sign } from 'node:crypto';

export const issuer = 'https://clerk.example.com';
export const party = 'https://app.example.com';

/** Makes an instance; each has its own key. */
export function clerkInstance() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const signParts = (header, claims, hash = 'RSA-SHA256') => {
    const message = `${part(header)}.${part(claims)}`;
    return `${message}.${sign(hash, Buffer.from(message), privateKey).toString('base64url')}`;
  };
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    signParts,
    /** A session token; `undefined` takes a member away. */
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

/** The JSON of a service account in `project`, with a key made now; and its public key. */
export function serviceAccount(project, more = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    project_id: project,
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: `callables@${project}.iam.gserviceaccount.com`,
    token_uri: 'https://oauth2.googleapis.com/token',
    ...more,
  };
  return { account, json: JSON.stringify(account), publicKey };
}
