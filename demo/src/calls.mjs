// Every way to call a function, as an app writes it. The page shows these lines unchanged.

import { initializeApp } from '@firebase/app';
import { createUserWithEmailAndPassword, signInAnonymously, signInWithCustomToken, signInWithEmailAndPassword } from '@firebase/auth';
import { Component } from '@firebase/component';
import { getFunctions, httpsCallable } from '@firebase/functions';

/** Signs up the first time, and signs in after that. */
export async function email({ auth }, { email, password }) {
  try {
    return await createUserWithEmailAndPassword(auth, email, password);
  } catch (error) {
    if (error.code !== 'auth/email-already-in-use') throw error;
    return signInWithEmailAndPassword(auth, email, password);
  }
}

export async function anonymous({ auth }) {
  return signInAnonymously(auth);
}

/** A Clerk session becomes a Firebase user with the same id. */
export async function clerk({ auth, functions, clerkSession }) {
  const exchange = httpsCallable(functions, 'exchangeClerkToken');
  const { data } = await exchange({ clerkToken: await clerkSession.getToken() });
  return signInWithCustomToken(auth, data.token);
}

export async function call({ functions }, text) {
  const returnAuthenticatedMessage = httpsCallable(functions, 'returnAuthenticatedMessage');
  const { data } = await returnAuthenticatedMessage({ text });
  return data.message;
}

export async function stream({ functions }, text, show) {
  const streamAuthenticatedMessage = httpsCallable(functions, 'streamAuthenticatedMessage');
  const { stream, data } = await streamAuthenticatedMessage.stream({ text });
  data.catch(() => {}); // a failure also ends the loop below
  for await (const word of stream) show(word);
  return (await data).message;
}

/** An app in which nobody is signed in. */
export async function signedOut({ config, url }, text) {
  const functions = getFunctions(initializeApp(config, 'signed out'), url);
  return httpsCallable(functions, 'returnAuthenticatedMessage')({ text });
}

/** Does what an attacker would: sends a token in the name of another user that is not signed by Google. */
export async function forged({ config, url }, text) {
  const part = (value) => btoa(JSON.stringify(value)).replaceAll('=', '');
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `https://securetoken.google.com/${config.projectId}`, aud: config.projectId,
    sub: 'somebody-else', iat: now, exp: now + 3600,
  };
  const token = [part({ alg: 'RS256', kid: 'mine', typ: 'JWT' }), part(claims), 'c2lnbmVkLWJ5LW1l'].join('.');
  const app = initializeApp(config, 'forged');
  const getToken = async () => ({ accessToken: token });
  app.container.addOrOverwriteComponent(new Component('auth-internal', () => ({ getToken }), 'PRIVATE'));
  return httpsCallable(getFunctions(app, url), 'returnAuthenticatedMessage')({ text });
}

export async function unknown({ functions }) {
  return httpsCallable(functions, 'noSuchFunction')();
}

/** The function expects a string and gets a number. */
export async function failing({ functions }) {
  return httpsCallable(functions, 'returnAuthenticatedMessage')({ text: 5 });
}
