// Each line after a `@ts-expect-error` must not compile; tsc refuses such a comment before a line that does.

import type { Functions } from 'firebase/functions';

import { callables as everyType, isEveryTypeError, type Change, type Color, type EverythingInput, type Shape } from '../clients/callables.js';
import { callables } from '../../../demo/src/callables.js';

export async function wrong(functions: Functions, input: EverythingInput) {
  const { returnAuthenticatedMessage, streamAuthenticatedMessage } = callables(functions);
  // @ts-expect-error a function that does not exist
  await callables(functions).returnMessage({ text: '' });
  // @ts-expect-error no input
  await returnAuthenticatedMessage();
  // @ts-expect-error a missing member
  await returnAuthenticatedMessage({});
  // @ts-expect-error a member with another name
  await returnAuthenticatedMessage({ txt: '' });
  // @ts-expect-error one member more
  await returnAuthenticatedMessage({ text: '', more: 1 });
  // @ts-expect-error a wrong type
  await returnAuthenticatedMessage({ text: 1 });
  // @ts-expect-error null
  await returnAuthenticatedMessage(null);
  // @ts-expect-error a member that is null
  await returnAuthenticatedMessage({ text: null });
  // @ts-expect-error a member that the output does not have
  (await returnAuthenticatedMessage({ text: '' })).text;
  // @ts-expect-error a function that does not stream
  await returnAuthenticatedMessage.stream({ text: '' });
  // @ts-expect-error a missing member of a stream's input
  const { stream } = await streamAuthenticatedMessage.stream({});
  // @ts-expect-error a chunk of another type
  for await (const word of stream) word.letter;

  const output = await everyType(functions).everyType(input);
  // @ts-expect-error null is no text
  const text: string = output.maybe;
  // @ts-expect-error what may be absent is not always there
  const x: number = output.sometimes.x;
  // @ts-expect-error a text that the enum does not have
  const color: Color = 'BLUE';
  // @ts-expect-error a variant that the union does not have
  const shape: Shape = { triangle: 3 };
  // @ts-expect-error the data of another variant
  const change: Change = { kind: 'text', value: 3 };
  // @ts-expect-error a tuple of another length
  const pair: typeof input.pair = ['a', 1, 2];
  // @ts-expect-error a list of others
  const list: typeof input.list = [1];
  // @ts-expect-error a value of a map
  const map: typeof input.map = { a: '1' };
  // @ts-expect-error an input that lacks what has no default
  const empty: EverythingInput = { withDefault: 1 };
  const error: unknown = output;
  // @ts-expect-error an error that is not looked at
  error.details;
  // @ts-expect-error details of another type
  if (isEveryTypeError(error)) error.details.letter;
  return { text, x, color, shape, change, pair, list, map, empty };
}
