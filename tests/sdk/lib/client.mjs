// The real Firebase SDK as an app uses it, with a deadline on everything that could hang.

import { deleteApp, initializeApp } from '@firebase/app';
import {
  connectAuthEmulator, createUserWithEmailAndPassword, inMemoryPersistence, initializeAuth,
  signInAnonymously, signInWithCustomToken,
} from '@firebase/auth';
import { connectFunctionsEmulator, getFunctions, httpsCallable } from '@firebase/functions';

import { within } from '../../lib/process.mjs';

let count = 0;

/** An app of `project` that signs in at the emulator `auth` and calls through `functions`. */
export function client({ project, auth, functions, viaEmulatorForm = false }) {
  const app = initializeApp({ projectId: project, apiKey: 'any' }, `app-${(count += 1)}`);
  const identity = initializeAuth(app, { persistence: inMemoryPersistence });
  connectAuthEmulator(identity, auth, { disableWarnings: true });
  const url = new URL(functions);
  const service = viaEmulatorForm ? getFunctions(app) : getFunctions(app, functions);
  if (viaEmulatorForm) connectFunctionsEmulator(service, url.hostname, Number(url.port));

  return {
    app,
    auth: identity,
    functions: service,
    signIn: {
      email: async () => (await createUserWithEmailAndPassword(identity, `user-${Date.now()}-${count}@example.com`, 'secret')).user,
      anonymous: async () => (await signInAnonymously(identity)).user,
      custom: async () => (await signInWithCustomToken(identity, JSON.stringify({ uid: `custom-${count}`, claims: { role: 'x' } }))).user,
    },
    call: (name, data) => within(30_000, name, httpsCallable(service, name)(data)).then((answer) => answer.data),
    begin: (name, data) => within(30_000, name, httpsCallable(service, name).stream(data)),
    stream: async (name, data) => {
      const { stream, data: result } = await httpsCallable(service, name).stream(data);
      result.catch(() => {}); // awaited below; until then node would report the rejection as unhandled
      const chunks = [];
      const times = [];
      const read = async () => {
        for await (const chunk of stream) {
          chunks.push(chunk);
          times.push(performance.now());
        }
        return result;
      };
      return { chunks, times, result: await within(30_000, `the stream of ${name}`, read()) };
    },
    close: () => deleteApp(app),
  };
}

/** The error that `promise` is rejected with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('succeeded');
}

/** A message as the SDK reports it, with the HTTP status that newer ones append. */
export const message = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}( \\[\\d+\\])?$`);
