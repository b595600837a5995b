// Every row, in the order of the rules.

import answers from './answers.mjs';
import cors from './cors.mjs';
import data from './data.mjs';
import identity from './identity.mjs';
import requests from './requests.mjs';
import streams from './streams.mjs';

/** The rows, with tokens of `keys`. */
export const rows = (keys) => [requests, data, identity, answers, cors, streams].flatMap((part) => part(keys));
