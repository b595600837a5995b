// The reference server, a program of its own: firebase-functions on express, which verifies tokens against the test's
// keys, with callables of the same names as in tests/examples/parity/.

import https from 'node:https';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import express from 'express';
import { initializeApp } from 'firebase-admin/app';
import { HttpsError, hasClaim, isSignedIn, onCall } from 'firebase-functions/v2/https';

const who = ({ auth, app, instanceIdToken, acceptsStreaming }) => ({
  uid: auth?.uid ?? null,
  claim: auth?.token.claim ?? null,
  app: app?.appId ?? null,
  iid: instanceIdToken ?? null,
  streaming: acceptsStreaming,
});

const handlers = {
  echo: onCall(({ data }) => data),
  who: onCall(who),
  fail: onCall(({ data }) => {
    throw 'details' in data ? new HttpsError(data.code, data.message, data.details) : new HttpsError(data.code, data.message);
  }),
  throw: onCall(() => {
    throw new Error('secret');
  }),
  nan: onCall(() => [NaN]),
  nothing: onCall(() => undefined),
  typed: onCall(async (_, response) => {
    await response?.sendChunk({ a: [{ '@type': 'x' }] });
    return { a: [{ '@type': 'x' }] };
  }),
  typedDetails: onCall(() => {
    throw new HttpsError('not-found', 'nf', [{ '@type': 'x' }]);
  }),
  stream: onCall(async ({ data }, response) => {
    for (const chunk of data.chunks ?? []) {
      await response.sendChunk(chunk);
      if (data.pause) await sleep(data.pause);
    }
    if (data.end === 'error') throw new HttpsError('not-found', 'nf', { a: 1 });
    if (data.end === 'throw') throw new Error('secret');
    return data.result ?? null;
  }),
  enforced: onCall({ enforceAppCheck: true }, who),
  signedIn: onCall({ authPolicy: isSignedIn() }, who),
  withClaim: onCall({ authPolicy: hasClaim('claim') }, who),
  corsOff: onCall({ cors: false }, ({ data }) => data),
  corsStar: onCall({ cors: '*' }, ({ data }) => data),
  corsStarList: onCall({ cors: ['*'] }, ({ data }) => data),
  corsOne: onCall({ cors: 'https://app.example' }, ({ data }) => data),
  corsTwo: onCall({ cors: ['https://app.example', 'https://other.example'] }, ({ data }) => data),
  corsEmpty: onCall({ cors: [] }, ({ data }) => data),
  corsPattern: onCall({ cors: /\.example\.com$/ }, ({ data }) => data),
};

// Through the public httpAgent option, requests to Google over TLS go to the test's key server without TLS.
class ToTest extends https.Agent {
  createConnection() {
    return net.connect(Number(process.env.KEY_PORT), '127.0.0.1');
  }
}

const project = process.env.GCLOUD_PROJECT;
initializeApp({ projectId: project, httpAgent: new ToTest() });
const app = express();
app.set('env', 'production');
app.use(express.json({ limit: '32mb', verify: (request, _, body) => { request.rawBody = body; } }));
for (const [name, handler] of Object.entries(handlers)) {
  app.all([`/${name}`, `/${project}/us-central1/${name}`], handler);
}
const server = app.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
