// Compares our verification of Clerk sessions with Clerk's own library: we refuse every token that it refuses; where we
// are stricter, the case names the rule.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { verifyToken } from '@clerk/backend';

import { root, start, stopAll, within } from '../lib/process.mjs';
import { clerkInstance, issuer, party, serviceAccount } from './lib/clerk.mjs';
import { startSecretsManager } from './lib/secrets-manager.mjs';

const project = 'my-app';
const clerk = clerkInstance();
const other = clerkInstance();
let url;

before(async () => {
  const secrets = await startSecretsManager();
  await secrets.create('key', serviceAccount(project).json);
  const server = start(path.join(root, 'target/lambda/exchange-clerk-token/bootstrap'), [], {
    env: {
      ...secrets.env, FIREBASE_PROJECT_ID: project, FIREBASE_SERVICE_ACCOUNT_SECRET: 'key', PORT: '0',
      CLERK_ISSUER: issuer, CLERK_AUTHORIZED_PARTIES: party, CLERK_JWT_KEY: clerk.pem, ALLOWED_ORIGINS: '',
    },
  });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  url = `http://${address}/exchangeClerkToken`;
}, { timeout: 120_000 });

after(stopAll);

const now = Math.floor(Date.now() / 1000);
const v2 = { v: 2, jti: 'j', pla: 'o:pro', fea: 'o:billing,u:personal' };
const organization = { id: 'org_1', slg: 'acme', rol: 'admin', per: 'manage,read', fpm: '3' };
const { token } = clerk;
const part = (text) => Buffer.from(text).toString('base64url');
const tampered = () => {
  const [header, , signature] = token().split('.');
  return `${header}.${token({ sub: 'user_eve' }).split('.')[1]}.${signature}`;
};

// Name, token, what both do ('accept' or 'refuse'); if only we refuse it, the reason.
const cases = [
  ['a session, version 1', token(), 'accept'],
  ['with an organization, version 1', token({ org_id: 'org_1', org_slug: 'acme', org_role: 'org:admin', org_permissions: ['org:a:b'] }), 'accept'],
  ['a session, version 2', token(v2), 'accept'],
  ['with an organization, version 2', token({ ...v2, o: organization }), 'accept'],
  ['a mask of more than 64 bits', token({ ...v2, o: { ...organization, fpm: '18446744073709551617' } }), 'accept'],
  ['no sts', token({ sts: undefined }), 'accept'],
  ['no nbf', token({ nbf: undefined }), 'accept'],
  ['no typ', token({}, { typ: undefined }), 'accept'],
  ['no cat', token({}, { cat: undefined }), 'accept'],
  ['the other cat', token({}, { cat: 'cl_I7d4PD111III' }), 'accept'],
  ['no kid, with a configured key', token({}, { kid: undefined }), 'accept'],
  ['expired within the skew', token({ exp: now - 1, iat: now - 61 }), 'accept'],
  ['unknown claims', token({ metadata: { role: 'admin' }, email: 'a@example.com' }), 'accept'],

  ['expired', token({ exp: now - 30, iat: now - 90 }), 'refuse'],
  ['no exp', token({ exp: undefined }), 'refuse'],
  ['exp is not a number', token({ exp: 'soon' }), 'refuse'],
  ['nbf ahead', token({ nbf: now + 60 }), 'refuse'],
  ['iat ahead', token({ iat: now + 60, exp: now + 120 }), 'refuse'],
  ['no sub', token({ sub: undefined }), 'refuse'],
  ['sub is not a string', token({ sub: 5 }), 'refuse'],
  ['no azp', token({ azp: undefined }), 'refuse'],
  ['an empty azp', token({ azp: '' }), 'refuse'],
  ['a foreign azp', token({ azp: 'https://evil.example' }), 'refuse'],
  ['alg none', `${part('{"alg":"none","typ":"JWT"}')}.${token().split('.')[1]}.`, 'refuse'],
  ['alg HS256', token({}, { alg: 'HS256' }), 'refuse'],
  ['alg is not a string', token({}, { alg: 5 }), 'refuse'],
  ['RS512 in the header only', token({}, { alg: 'RS512' }), 'refuse'],
  ['typ at+jwt', token({}, { typ: 'at+jwt' }), 'refuse'],
  ['another key', other.token(), 'refuse'],
  ['a tampered payload', tampered(), 'refuse'],
  ['a cut signature', token().slice(0, -8), 'refuse'],
  ['two parts', token().split('.').slice(0, 2).join('.'), 'refuse'],
  ['four parts', `${token()}.x`, 'refuse'],
  ['no token', 'x', 'refuse'],
  ["a machine's cat", token({}, { cat: 'cl_B7d4PD333AAA' }), 'refuse'],

  ['another issuer', token({ iss: 'https://clerk.other.example' }), 'iss'],
  ['no issuer', token({ iss: undefined }), 'iss'],
  ['a template’s cat', token({}, { cat: 'cl_B7d4PD222AAA' }), 'kind_mismatch'],
  ['no sid, as of a template', token({ sid: undefined }), 'sid'],
  ['no iat', token({ iat: undefined }), 'iat'],
  ['pending', token({ sts: 'pending' }), 'sts'],
  ['impersonated', token({ act: { sub: 'user_eve' } }), 'act'],
  ["a machine's subject", token({ sub: 'mch_1' }), 'sub'],
  ['an odd user id', token({ sub: 'user_../x' }), 'sub'],
  ['an hour long', token({ exp: now + 3600 }), 'lifetime'],
  ['crit', token({}, { crit: ['b64'] }), 'crit'],
  ['RS512 by the right key', token({}, { alg: 'RS512' }, 'RSA-SHA512'), 'refuse'],
  ['a claim twice', clerk.signParts({ alg: 'RS256', typ: 'JWT' }, `{"iss":"${issuer}","azp":"${party}","sub":"user_eve","sub":"user_ada","sid":"sess_1","iat":${now},"exp":${now + 60}}`), 'malformed'],
  ['exp is not an integer', token({ exp: now + 60.5 }), 'exp'],
  ['an organization that is not an object, and that no copied claim needs', token({ ...v2, o: 'org_1' }), 'accept'],
];

const ours = async (raw) => {
  const body = JSON.stringify({ data: { clerkToken: raw } });
  const answer = await within(30_000, 'an answer', fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }));
  assert.ok([200, 401].includes(answer.status), `${answer.status}`);
  return answer.status === 200;
};
const theirs = async (raw) => {
  try {
    await verifyToken(raw, { jwtKey: clerk.pem, authorizedParties: [party] });
    return true;
  } catch {
    return false;
  }
};

test(`we refuse every token that Clerk's library refuses (${cases.length} tokens)`, async () => {
  assert.ok(cases.length >= 40);
  for (const [name, raw, expected] of cases) {
    const accepted = { ours: await ours(raw), theirs: await theirs(raw) };
    const wanted = { accept: [true, true], refuse: [false, false] }[expected] ?? [false, true];
    assert.deepEqual([accepted.ours, accepted.theirs], wanted, `${name} (${expected})`);
  }
});
