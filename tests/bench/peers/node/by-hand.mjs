// The same callable without firebase-functions: with jose, and AWS's runtime client.

import { createRemoteJWKSet, jwtVerify } from 'jose';

const project = process.env.FIREBASE_PROJECT_ID;
const keys = createRemoteJWKSet(new URL(process.env.FIREBASE_ID_TOKEN_KEYS_URL));

const answer = (statusCode, body, origin) => ({
  statusCode,
  headers: { 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': origin, vary: 'Origin' },
  body: JSON.stringify(body),
});
const unauthenticated = (message, origin) => answer(401, { error: { message, status: 'UNAUTHENTICATED' } }, origin);

export async function handler(event) {
  const headers = Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const origin = headers.origin ?? '*';
  if ((event.httpMethod ?? event.requestContext.http.method) === 'OPTIONS') {
    return { statusCode: 204, headers: { 'access-control-allow-origin': origin, 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'authorization,content-type' } };
  }
  if (!headers.authorization) return unauthenticated('The function must be called while authenticated', origin);
  let uid;
  try {
    const { payload } = await jwtVerify(headers.authorization.replace(/^Bearer /i, ''), keys, {
      algorithms: ['RS256'], audience: project, issuer: `https://securetoken.google.com/${project}`,
    });
    uid = payload.sub;
  } catch {
    return unauthenticated('Unauthenticated', origin);
  }
  const { data } = JSON.parse(event.body);
  if (data.records) return answer(200, { result: data }, origin);
  return answer(200, { result: { message: `Authenticated message '${data.text}' from user ${uid}.` } }, origin);
}
