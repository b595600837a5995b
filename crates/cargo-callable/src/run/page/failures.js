// Four calls that go wrong on purpose, and a plain sentence about each answer.

import { forged } from './caller.js';
import { unfit } from './schema.js';

const UNKNOWN = 'noSuchFunction';
const refused = (code) => code === 'UNAUTHENTICATED';

/** What each button changes of a call, and what its answer means. */
export const FAILURES = {
  'signed-out': {
    change: (call) => ({ ...call, token: undefined }),
    why: ({ good, code }) => (refused(code) ? 'Nobody is signed in, so no token came with the call, and the function refuses it.'
      : good ? 'This function answers callers who are signed out, too.' : 'The call failed for another reason than a missing token.'),
  },
  'forged-token': {
    change: (call, { project }) => ({ ...call, token: forged(project) }),
    why: ({ good, code }) => (refused(code) ? 'The token was not signed by Google, so the call ended before the handler ran; only the function’s log has the reason.'
      : good ? 'This function does not read the user’s token, so a forged one changes nothing.' : 'The call failed for another reason than its token.'),
  },
  'unknown-function': {
    change: (call) => ({ ...call, name: UNKNOWN }),
    why: () => `There is no function with the name ${UNKNOWN} behind this address.`,
  },
  'wrong-data': {
    change: (call, { contract, data }) => ({ ...call, text: JSON.stringify(unfit(contract?.input, data)) }),
    why: ({ good, code }) => (code === 'INVALID_ARGUMENT' ? 'The data does not have the shape of the function’s input, so the handler did not run; the details name the member.'
      : good ? 'This function takes any data.' : refused(code) ? 'The function refuses the caller before it looks at the data: sign in first.' : 'The function refuses this data with a code of its own.'),
  },
};
