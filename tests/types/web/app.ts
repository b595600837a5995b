// A small app, which must compile: it calls every function of the repository, and one with every type.

import type { Functions } from 'firebase/functions';

import { callables as everyType, isEveryTypeError, type EverythingInput, type Shape } from '../clients/callables.js';
import { callables } from '../../../demo/src/callables.js';

export async function greet(functions: Functions, text: string): Promise<string> {
  const { message } = await callables(functions).returnAuthenticatedMessage({ text });
  return message.toUpperCase();
}

export async function follow(functions: Functions, text: string, show: (word: string) => void): Promise<string> {
  const { stream, data } = await callables(functions).streamAuthenticatedMessage.stream({ text }, { limitedUseAppCheckTokens: true });
  for await (const word of stream) show(word.trim());
  return (await data).message;
}

export async function exchange(functions: Functions, clerkToken: string): Promise<number> {
  const { token, expiresIn } = await callables(functions, { timeout: 5000 }).exchangeClerkToken({ clerkToken });
  return token.length + expiresIn;
}

/** A union narrows. */
export function area(shape: Shape): number {
  if (shape === 'nothing') return 0;
  if ('square' in shape) return shape.square ** 2;
  if ('line' in shape) return 0;
  return Math.PI * shape.circle.radius ** 2;
}

/** What is absent, and what is null, is left out or given as the type says. */
export async function echo(functions: Functions, input: EverythingInput): Promise<number | string> {
  const { maybe, withDefault, ...rest } = input;
  try {
    const output = await everyType(functions).everyType({ ...rest, withDefault: undefined });
    const length: number | undefined = output.maybe?.length;
    const event = output.event;
    if (event.type === 'renamed') return event.to;
    if (event.type === 'moved-to') return event.x + event.y;
    return length ?? output.withDefault;
  } catch (error) {
    if (isEveryTypeError(error)) return error.details.word;
    throw error;
  }
}
