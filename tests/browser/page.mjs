// The test's page: `window.demo` has functions that call through the real SDK.

import { initializeApp } from '@firebase/app';
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInAnonymously } from '@firebase/auth';
import { getFunctions, httpsCallable } from '@firebase/functions';

let count = 0;

function open({ project, auth, functions }) {
  const app = initializeApp({ projectId: project, apiKey: 'any' }, `page-${(count += 1)}`);
  const identity = initializeAuth(app, { persistence: inMemoryPersistence });
  if (auth) connectAuthEmulator(identity, auth, { disableWarnings: true });
  return { identity, functions: getFunctions(app, functions) };
}

const outcome = (promise) => promise.then((data) => ({ data }), ({ code, message, details }) => ({ code, message, details }));

window.demo = {
  /** Calls a function, after an anonymous sign-in if there is an emulator. */
  async call(where, name, data) {
    const { identity, functions } = open(where);
    const user = where.auth && (await signInAnonymously(identity)).user;
    const answer = await outcome(httpsCallable(functions, name)(data).then((result) => result.data));
    return { ...answer, uid: user?.uid };
  },
  /** Reads a stream, and records when each chunk arrived. */
  async stream(where, name, data) {
    const { identity, functions } = open(where);
    const user = where.auth && (await signInAnonymously(identity)).user;
    const { stream, data: result } = await httpsCallable(functions, name).stream(data);
    result.catch(() => {});
    const chunks = [];
    const read = async () => {
      for await (const chunk of stream) chunks.push({ chunk, at: performance.now() });
      return result;
    };
    return { ...(await outcome(read())), chunks, uid: user?.uid };
  },
};
