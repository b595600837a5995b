// What an answer must be. Each function here makes a check: it gets an answer and returns a sentence about the first
// thing that is wrong, or nothing. JSON is compared as a client reads it, so the order of members does not count.

import { isDeepStrictEqual } from 'node:util';

const shown = (value) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};
/** As JSON has it: -0 is 0, and what is undefined is left out. */
const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const differs = (what, found, wanted) => (isDeepStrictEqual(plain(found), plain(wanted)) ? undefined : `${what} is ${shown(found)} and not ${shown(wanted)}`);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** All of these checks. */
export const all = (...checks) => (answer) => {
  for (const check of checks) {
    const problem = check(answer);
    if (problem) return problem;
  }
  return undefined;
};

/** One of these checks. */
export const either = (...checks) => (answer) => {
  const problems = checks.map((check) => check(answer));
  return problems.includes(undefined) ? undefined : problems.join(', or ');
};

export const status = (code) => (answer) => differs('the HTTP status', answer.status, code);
/** What a browser takes for a preflight that is answered. */
export const accepted = ({ status: code }) => (code >= 200 && code < 300 ? undefined : `the HTTP status is ${code}`);
const mediaType = (type) => ({ headers }) => differs('the media type', headers['content-type']?.split(';')[0].trim().toLowerCase(), type);
export const noBody = ({ body }) => (body === '' ? undefined : `the body is ${shown(body)} and not empty`);

/** The header has this value; `undefined`: it is absent. */
export const header = (name, value) => ({ headers }) => differs(name, headers[name], value);

/** The header lists exactly these values, whatever their order and case. */
export const lists = (name, ...values) => ({ headers }) =>
  differs(name, (headers[name] ?? '').toLowerCase().split(',').map((value) => value.trim()).filter(Boolean).sort(), values);

const json = (wanted) => ({ body }) => {
  const found = parsed(body);
  return found === undefined ? `the body is not JSON: ${shown(body)}` : differs('the body', found, wanted);
};

/** Success, with this result. */
export const result = (value) => all(status(200), mediaType('application/json'), json({ result: value }));

/** Success, and the text of the result is this JSON: for numbers that JavaScript cannot hold. */
export const resultText = (text) => all(status(200), ({ body }) => differs('the body', body.trim(), `{"result":${text}}`));

const error = (code, message, details) => ({ error: { ...(details !== undefined && { details }), message, status: code } });

/** A failure with this HTTP status, code, message and, if given, details. */
export const failure = (http, code, message, details) =>
  all(status(http), mediaType('application/json'), json(error(code, message, details)));

/** The fixed failures: a call that is refused before its handler runs, or whose handler fails unexpectedly. */
export const FIXED = {
  bad: [400, 'INVALID_ARGUMENT', 'Bad Request'],
  unauthenticated: [401, 'UNAUTHENTICATED', 'Unauthenticated'],
  denied: [403, 'PERMISSION_DENIED', 'Permission Denied'],
  internal: [500, 'INTERNAL', 'INTERNAL'],
};
export const bad = failure(...FIXED.bad);
export const unauthenticated = failure(...FIXED.unauthenticated);
export const denied = failure(...FIXED.denied);
export const internal = failure(...FIXED.internal);

/** An error of any code in the form of a callable's: a client does not take it for a broken server. */
export const anyFailure = (answer) => {
  const found = parsed(answer.body);
  if (answer.status < 400) return `the HTTP status is ${answer.status}, and not that of an error`;
  return typeof found?.error?.status === 'string' ? undefined : `the body is not a callable's error: ${shown(answer.body)}`;
};

/** The answer is a stream of these events and nothing else: chunks, then a result or an error. */
export const events = (...wanted) => all(status(200), ({ body }) => {
  if (!/^(data: [^\n]+\n\n)*$/.test(body)) return `the body is not a list of events: ${shown(body)}`;
  const found = body.split('\n\n').slice(0, -1).map((event) => parsed(event.slice('data: '.length)));
  return differs('the list of events', found, wanted);
});

export const chunk = (message) => ({ message });
export const last = (value) => ({ result: value });
export const lastError = ([, code, message], details) => error(code, message, details);

/** A page of any origin, or of `origin` at least, may read the answer. */
export const readableFrom = (origin) => ({ headers }) => {
  const allowed = headers['access-control-allow-origin'];
  return allowed === '*' || allowed === origin ? undefined : `access-control-allow-origin is ${shown(allowed)}: a page of ${origin} cannot read the answer`;
};

/** The answer nowhere contains this text. */
export const without = (text) => ({ body, headers }) =>
  `${body}${JSON.stringify(headers)}`.includes(text) ? `the answer contains ${shown(text)}` : undefined;
