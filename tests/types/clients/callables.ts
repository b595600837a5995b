// Written by `cargo callable types` from the Rust sources. Do not edit: it is written again.
import { httpsCallable, type Functions, type FunctionsError, type HttpsCallable, type HttpsCallableOptions, type HttpsCallableStreamOptions, type HttpsCallableStreamResult } from 'firebase/functions';

/** Tagged beside. */
export type Change =
  | { kind: 'cleared' }
  | {
    kind: 'text';
    value: string;
  }
  | {
    kind: 'at';
    value: ChangeAtValue;
  };

export interface ChangeAtValue {
  line: number;
  column: number;
}

/** An enum of names. */
export type Color =
  | 'DARK_GREEN'
  /** As blood. */
  | 'RED';

/** Tagged inside. */
export type Event =
  | { type: 'signed-out' }
  /** A move. */
  | {
    type: 'moved-to';
    x: number;
    y: number;
  }
  | {
    type: 'renamed';
    from: string | null;
    to: string;
  };

/** Tagged inside. */
export type EventInput =
  | { type: 'signed-out' }
  /** A move. */
  | {
    type: 'moved-to';
    x: number;
    y: number;
  }
  | {
    type: 'renamed';
    from?: string | null;
    to: string;
  };

/** Every kind of type. */
export interface Everything {
  /** A text. */
  text: string;
  yes: boolean;
  small: number;
  signed: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  big: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  exact: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  unsigned: number;
  real: number;
  letter: string;
  nothing: null;
  anything: unknown;
  bytes: number[];
  list: string[];
  set: number[];
  pair: [string, number];
  triple: number[];
  map: { [key: string]: number };
  numbered: { [key: string]: Color };
  /** May be null, or absent in a request. */
  maybe: string | null;
  sometimes?: Point | null;
  withDefault: number;
  color: Color;
  shape: Shape;
  event: Event;
  change: Change;
  loose: Loose;
  id: UserId;
  page: Page;
  otherPage: Page2;
  tree: Tree;
  next: Node | null;
  day: string;
  createdBy: UserId;
  createdAt: string;
  class: string;
  snakeCase: boolean;
  'with-dash': boolean;
}

/** Every kind of type. */
export interface EverythingInput {
  /** A text. */
  text: string;
  yes: boolean;
  small: number;
  signed: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  big: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  exact: number;
  /** A 64-bit integer: a JavaScript number is exact up to `Number.MAX_SAFE_INTEGER`, 2^53 - 1. */
  unsigned: number;
  real: number;
  letter: string;
  nothing: null;
  anything: unknown;
  bytes: number[];
  list: string[];
  set: number[];
  pair: [string, number];
  triple: number[];
  map: { [key: string]: number };
  numbered: { [key: string]: Color };
  /** May be null, or absent in a request. */
  maybe?: string | null;
  sometimes?: Point | null;
  /** Default: `1`. */
  withDefault?: number;
  color: Color;
  shape: Shape;
  event: EventInput;
  change: Change;
  loose: Loose;
  id: UserId;
  page: PageInput;
  otherPage: Page2Input;
  tree: Tree;
  next?: NodeInput | null;
  day: string;
  createdBy: UserId;
  createdAt: string;
  class: string;
  snakeCase: boolean;
  'with-dash': boolean;
}

/** Without a tag. */
export type Loose =
  | number
  | string
  | Point
  | boolean[];

/** Recursive without a list. */
export interface Node {
  value: number;
  next: Node | null;
}

/** Recursive without a list. */
export interface NodeInput {
  value: number;
  next?: NodeInput | null;
}

/** Some of many. */
export interface Page {
  items: Point[];
  nextPage: string | null;
}

/** Some of many. */
export interface Page2 {
  items: string[];
  nextPage: string | null;
}

/** Some of many. */
export interface Page2Input {
  items: string[];
  nextPage?: string | null;
}

/** Some of many. */
export interface PageInput {
  items: Point[];
  nextPage?: string | null;
}

export interface Point {
  x: number;
  y: number;
}

/** Why the callable gives nothing back. */
export type Refusal =
  | {
    reason: 'reserved';
    word: string;
  };

/** Tagged outside: serde's default. */
export type Shape =
  | 'nothing'
  | { square: number }
  | { line: [Point, Point] }
  /** Round. */
  | { circle: ShapeCircle };

export interface ShapeCircle {
  center: Point;
  radius: number;
}

/** Recursive in a list. */
export interface Tree {
  name: string;
  children: Tree[];
}

/** The id of a user. */
export type UserId = string;

/**
 * All callables of the project.
 *
 * `functions` is what `getFunctions(app, url)` gives; `options` are those of `httpsCallable`.
 */
export function callables(functions: Functions, options?: HttpsCallableOptions) {
  return {
    /**
     * Gives back what it gets. A streaming client gets it as a chunk, too.
     *
     * The text `refuse` is refused.
     */
    everyType: streaming<EverythingInput, Everything, Everything>(functions, 'everyType', options),
  };
}

/** Whether an error of `everyType` tells its details. */
export function isEveryTypeError(error: unknown): error is FunctionsError & { details: Refusal } {
  if (!isFunctionsError(error)) return false;
  const details: unknown = error.details;
  return isObject(details) && (details['reason'] === 'reserved');
}

function isFunctionsError(error: unknown): error is FunctionsError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('functions/');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
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
