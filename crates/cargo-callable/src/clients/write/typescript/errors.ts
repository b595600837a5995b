function isFunctionsError(error: unknown): error is FunctionsError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('functions/');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
