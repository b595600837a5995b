// Requests as client SDKs write them, and rows of the table of expectations.

/** The origin from which requests come, unless a row is about origins. */
export const ORIGIN = 'https://app.example';
export const json = { 'content-type': 'application/json' };
export const streaming = { accept: 'text/event-stream' };
export const bearer = (token) => ({ authorization: `Bearer ${token}` });
export const attested = (token) => ({ 'x-firebase-appcheck': token });

/** A POST of these bytes to a callable. A header of `undefined` is not sent. */
export const post = (callable, body, headers = {}) => request('POST', callable, body, { ...json, origin: ORIGIN, ...headers });

/** A POST of an envelope with this data. */
export const call = (callable, data, headers) => post(callable, JSON.stringify({ data }), headers);

/** Any request; no header is added. */
export const request = (method, callable, body, headers = {}) => ({
  callable, method, body, headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
});

/**
 * A row: its id begins with the rule of docs/protocol.md, then come a sentence and cases, each a name, a request and a
 * check. `needs: 'tokens'` means valid tokens; `'keys'`, tokens that are signed, which a server in emulator mode ignores.
 */
export const row = (id, sentence, cases, { needs } = {}) => ({ id, sentence, needs, cases: cases.map(([name, sent, check]) => ({ name, request: sent, check })) });
