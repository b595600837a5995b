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
