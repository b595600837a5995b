// What an answer means to whoever reads it for the first time, by the code that the SDK shows.

const WHY = {
  'functions/unauthenticated':
    'No valid token came with the call. The client never learns why a token was refused; the function’s log has the reason.',
  'functions/not-found': 'There is no function with this name behind this URL.',
  'functions/invalid-argument': 'The data has another shape than the function’s input type. The details name the member.',
  'functions/permission-denied': 'The token is valid, and its user may not do this.',
  'functions/internal': 'The function failed, or nothing answered: is make run still running? The function’s log says more.',
  'functions/unavailable': 'The keys that verify tokens could not be fetched. Calling again later may do.',
  'functions/deadline-exceeded': 'The function took too long.',
};

/** One or two sentences on a failure; of a success, none. */
export const why = (error) => (error ? (WHY[error.code] ?? 'The code is the function’s own choice.') : '');
