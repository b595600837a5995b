// Intended differences from the reference. Each must occur in a case; remove one that no longer occurs from this list,
// from ARCHITECTURE.md and from the code.

/** Differences of whole answers: a case names the one it shows, and what we answer instead. */
export const differences = {
  'framework-body': 'malformed JSON, top-level scalars, odd charsets and encodings: an HTML page there, Bad Request here',
  'data-decoding': 'what is wrong within data: INTERNAL there, INVALID_ARGUMENT with the field here',
  'reserved-names': 'members named $serde_json::private::…: echoed there, INVALID_ARGUMENT here',
  'memory-budget': 'data that would take more memory than its budget: echoed there, INVALID_ARGUMENT here',
  'exact-int64': '64-bit integers: rounded to a double there, exact here',
  'exact-numbers': 'plain integers past 2^53: rounded to a double there, exact here',
  'lone-surrogate': 'a lone surrogate: echoed there, U+FFFD here, as Rust strings hold none',
  'stricter-token': 'ID tokens with crit, without exp or iat, from the future: accepted there, refused here',
  'stricter-app-check': 'App Check tokens whose issuer and audience disagree, or without iat or kid: accepted there',
  'repeated-authorization': 'several Authorization headers: the first counts there, refused here',
  'unicode-line-ends': 'U+2028, U+2029 and U+0085 in events: raw there, escaped here',
  undecodable: 'what a client SDK cannot decode, such as an unknown @type in a result, a chunk or details: sent as it is there, INTERNAL here',
};

/** Differences of headers that every answer of a kind shows. */
export const headerDifferences = {
  'preflight-max-age': {
    why: 'browsers ask again every five seconds there',
    where: ({ request }) => request.method === 'OPTIONS',
    headers: ['access-control-max-age'],
  },
  'stream-content-type': {
    why: 'the reference sends no content type, and no header that stops proxies from buffering',
    where: ({ ours }) => ours.headers['cache-control'] === 'no-cache',
    headers: ['content-type', 'cache-control', 'x-accel-buffering'],
  },
};
