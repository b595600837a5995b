// The Clerk instance and the service account of these tests.

import { generateKeyPairSync } from 'node:crypto';

import { clerkInstance as instance } from '../../../demo/clerk.mjs';

export const issuer = 'https://clerk.example.com';
export const party = 'https://app.example.com';

/** Makes an instance with a key of its own. */
export const clerkInstance = () => instance({ issuer, party });

/** The JSON of a service account in `project` with a new key, and its public key. */
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
