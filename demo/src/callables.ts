// Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.
import { httpsCallable, type Functions, type HttpsCallable, type HttpsCallableOptions, type HttpsCallableStreamOptions, type HttpsCallableStreamResult } from 'firebase/functions';

export interface ExchangeClerkTokenInput {
  /** What Clerk's `getToken()` yields. */
  clerkToken: string;
}

export interface ExchangeClerkTokenOutput {
  /** For `signInWithCustomToken`. */
  token: string;
  /**
   * In seconds.
   * A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1.
   */
  expiresIn: number;
}

export interface ReturnAuthenticatedMessageInput {
  text: string;
}

export interface ReturnAuthenticatedMessageOutput {
  message: string;
}

export interface StreamAuthenticatedMessageInput {
  text: string;
}

export interface StreamAuthenticatedMessageOutput {
  message: string;
}

/**
 * All callables of the project.
 *
 * `functions` is what `getFunctions(app, url)` gives; `options` are those of `httpsCallable`.
 */
export function callables(functions: Functions, options?: HttpsCallableOptions) {
  return {
    /** Exchanges a token of a Clerk session for a custom token of the Firebase user with the same id. */
    exchangeClerkToken: unary<ExchangeClerkTokenInput, ExchangeClerkTokenOutput>(functions, 'exchangeClerkToken', options),
    /** Returns the text in a sentence with the caller's id. */
    returnAuthenticatedMessage: unary<ReturnAuthenticatedMessageInput, ReturnAuthenticatedMessageOutput>(functions, 'returnAuthenticatedMessage', options),
    /** Sends a sentence with the text and the caller's id, word by word, and returns it. */
    streamAuthenticatedMessage: streaming<StreamAuthenticatedMessageInput, StreamAuthenticatedMessageOutput, string>(functions, 'streamAuthenticatedMessage', options),
  };
}

/** Calls without an argument where the input is null. */
type Arguments<Input> = null extends Input ? [input?: Input] : [input: Input];

function unary<Input, Output>(functions: Functions, name: string, options?: HttpsCallableOptions) {
  const call = httpsCallable<unknown, Output>(functions, name, options);
  return async (...[input]: Arguments<Input>): Promise<Output> => (await call(present(input))).data;
}

/** The value without its members that are undefined: the SDK would send null for them. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, present(member)]));
}

/** A callable that sends chunks: call it for the result alone, or call its `stream` for the chunks and the result. */
export interface Streaming<Input, Output, Chunk> {
  (...input: Arguments<Input>): Promise<Output>;
  /** The chunks as they come, and the result as a promise. */
  stream(
    input: Input,
    options?: HttpsCallableStreamOptions,
  ): Promise<{ stream: AsyncIterable<Chunk>; data: Promise<Output> }>;
}

function streaming<Input, Output, Chunk>(
  functions: Functions,
  name: string,
  options?: HttpsCallableOptions,
): Streaming<Input, Output, Chunk> {
  const call: HttpsCallable<unknown, Output, Chunk> = httpsCallable<unknown, Output, Chunk>(functions, name, options);
  const stream = (input: Input, options?: HttpsCallableStreamOptions): Promise<HttpsCallableStreamResult<Output, Chunk>> =>
    call.stream(present(input), options);
  return Object.assign(unary<Input, Output>(functions, name, options), { stream });
}
