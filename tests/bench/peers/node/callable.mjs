// The reference hosted on Lambda: firebase-functions, express, and AWS's runtime client.

import https from 'node:https';
import tls from 'node:tls';

import express from 'express';
import { initializeApp } from 'firebase-admin/app';
import { HttpsError, onCall } from 'firebase-functions/https';
import serverless from 'serverless-http';

// Requests to Google's key endpoint stay on this machine, through a public option of firebase-admin.
class ToLocal extends https.Agent {
  createConnection() {
    const { port } = new URL(process.env.FIREBASE_ID_TOKEN_KEYS_URL);
    return tls.connect({ host: '127.0.0.1', port: Number(port) });
  }
}
initializeApp({ projectId: process.env.FIREBASE_PROJECT_ID, httpAgent: new ToLocal() });

const callable = onCall((request) => {
  if (!request.auth) throw new HttpsError('unauthenticated', 'The function must be called while authenticated');
  if (request.data.records) return request.data;
  return { message: `Authenticated message '${request.data.text}' from user ${request.auth.uid}.` };
});
const app = express();
app.use(express.json({ limit: '32mb', verify: (request, _, body) => { request.rawBody = body; } }));
app.all('/{*path}', callable);

export const handler = serverless(app);
