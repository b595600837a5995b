// The reference as a Lambda Web Function: firebase-functions on express, with the callable of
// functions/return-authenticated-message and that of tests/bench/web-function.

import https from 'node:https';
import net from 'node:net';

import express from 'express';
import { initializeApp } from 'firebase-admin/app';
import { HttpsError, onCall } from 'firebase-functions/v2/https';

// Through the public httpAgent option, requests to Google over TLS go to the key server without TLS.
class ToTest extends https.Agent {
  createConnection() {
    return net.connect(Number(process.env.KEY_PORT), '127.0.0.1');
  }
}

initializeApp({ projectId: process.env.FIREBASE_PROJECT_ID, httpAgent: new ToTest() });
const callable = onCall(({ auth, data }) => {
  if (!auth) throw new HttpsError('unauthenticated', 'The function must be called while authenticated');
  return { message: `Authenticated message '${data.text}' from user ${auth.uid}.` };
});
const measured = onCall(async ({ data }, response) => {
  if (data.number !== undefined) return data.number;
  await response.sendChunk('first');
  await new Promise(() => {});
});

const app = express();
app.set('env', 'production');
app.use(express.json({ limit: '32mb', verify: (request, _, body) => { request.rawBody = body; } }));
app.all('/returnAuthenticatedMessage', callable);
app.all('/measured', measured);
const [host, port] = process.env.AWS_LAMBDA_HTTP_ENDPOINT.split(':');
app.listen(Number(port), host);
