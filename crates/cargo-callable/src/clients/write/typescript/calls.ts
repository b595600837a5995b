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
