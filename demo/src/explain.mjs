// Explains each error code of the SDK to a reader who sees it for the first time.

const WHY = {
  'functions/unauthenticated':
    'No valid token came with the call. The client never learns why a token was refused; the function’s log has the reason.',
  'functions/not-found': 'There is no function with this name behind this URL.',
  'functions/invalid-argument': 'The data does not have the shape of the function’s input type. The details name the field.',
  'functions/permission-denied': 'The token is valid, but its user may not do this.',
  'functions/internal': 'The function failed, or nothing answered: is make run still running? The function’s log says more.',
  'functions/unavailable': 'The keys that verify tokens could not be fetched. Calling again later may succeed.',
  'functions/deadline-exceeded': 'The function took too long.',
};

/** One or two sentences about an error; empty without one. */
export const why = (error) => (error ? (WHY[error.code] ?? 'The function’s author chose this code.') : '');
