// What a million calls cost behind each front: from the measured figures of docs/performance.md and AWS's public prices.
// Prints the table that stands in docs/deploy.md; a test compares them.
//
//     node tests/bench/costs.mjs

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const CALLS = 1_000_000;
/** Share of the calls that start an environment. */
const COLD = 0.01;
/** MB of a function, as in the templates. Lambda gives a whole vCPU to 1769 MB and a share to less. */
const MEMORY = 256;
const SHARE = MEMORY / 1769;
/** Bytes of a request and of an answer, headers included. */
const TRANSFERRED = 2048;
/** Bytes of the log record of a signed-in call, which tests/template/fronts.test.mjs holds against a record. */
export const LOGGED = 500;
const HOURS_OF_A_MONTH = 730;

/**
 * Prices in US dollars, us-east-1, without free tiers. `read`: when a page that states the price was published or
 * fetched; the prices of AWS's own pages are filled in by scripts, so that they cannot be quoted from a stored copy.
 */
export const prices = {
  'a Lambda request': { price: 0.20 / 1e6, source: 'https://aws.amazon.com/lambda/pricing/', read: '2026-05' },
  'a GB-second on arm64': { price: 0.0000133334, source: 'https://aws.amazon.com/lambda/pricing/', read: '2026-05' },
  'a request of a REST API': { price: 3.50 / 1e6, source: 'https://aws.amazon.com/api-gateway/pricing/', read: '2026' },
  'a request of an HTTP API': { price: 1.00 / 1e6, source: 'https://aws.amazon.com/api-gateway/pricing/', read: '2026' },
  'an HTTPS request of CloudFront': { price: 0.0100 / 10_000, source: 'https://aws.amazon.com/cloudfront/pricing/', read: '2025' },
  'a GB from CloudFront to an origin': { price: 0.020, source: 'https://aws.amazon.com/cloudfront/pricing/', read: '2025' },
  'an hour of a load balancer': { price: 0.0225, source: 'https://aws.amazon.com/elasticloadbalancing/pricing/', read: '2025' },
  'an hour of a capacity unit (LCU)': { price: 0.008, source: 'https://aws.amazon.com/elasticloadbalancing/pricing/', read: '2025' },
  'a request of Managed Instances': { price: 0.20 / 1e6, source: 'https://aws.amazon.com/lambda/pricing/', read: '2026-09-20' },
  'the management fee of Managed Instances': { price: 0.15, source: 'https://aws.amazon.com/lambda/pricing/', read: '2026-09-20' },
  'an hour of m7g.large': { price: 0.0816, source: 'https://aws.amazon.com/ec2/pricing/on-demand/', read: '2025' },
  'a GB of logs': { price: 0.50, source: 'https://aws.amazon.com/cloudwatch/pricing/', read: '2025' },
};
const of = (name) => prices[name].price;

/** Environments that Managed Instances keep running, each on an instance of its own zone. */
const INSTANCES = 3;
/** GB that a load balancer hands to functions, and new connections that it accepts, in an hour of one LCU. */
const LCU = { gigabytes: 0.4, connections: 25 * 3600 };

/** The figure in the column `ours` of the row that begins with `name`, in this section of docs/performance.md. */
function figure(text, section, name) {
  const [, part = ''] = text.split(`\n## ${section}\n`);
  const row = part.split('\n## ')[0].split('\n').find((line) => line.startsWith(`| ${name} |`));
  const value = Number(row?.split('|')[2]);
  if (!(value > 0)) {
    throw new Error(`docs/performance.md has no row "| ${name} | …" in "${section}": name the row that has the figure now, in tests/bench/costs.mjs`);
  }
  return value;
}

/** The time that Lambda bills: whole milliseconds, of a function that gets its share of a processor and never more. */
const billed = (processorMs, waitingMs = 0) => Math.ceil(processorMs / SHARE + waitingMs);

/** What is billed, in milliseconds, for a call on a warm environment and for one that starts it. */
export async function durations() {
  const text = await readFile(path.join(root, 'docs/performance.md'), 'utf8');
  const warm = (name) => billed(figure(text, 'Warm calls', name) / 1000);
  // To the first answer from `exec`: the keys are fetched from 50 ms away, and the rest is computed.
  const far = figure(text, 'Cold starts and sizes', '… 50 ms away');
  const near = figure(text, 'Cold starts and sizes', 'first answer, key endpoint near');
  return {
    rest: warm('the same, through a REST API: CPU'),
    url: warm('token not seen before: CPU'),
    cold: billed(near, far - near),
  };
}

/** Dollars that a million calls cost more if each waits for so many milliseconds. */
export const waiting = (ms) => CALLS * (MEMORY / 1024) * (ms / 1000) * of('a GB-second on arm64');

/** The rows: name of the door, dollars for a million calls of the front and of Lambda, dollars for a month of standing. */
export async function rows() {
  const { rest, url, cold } = await durations();
  const lambda = (warm) => {
    const gigabyteSeconds = (MEMORY / 1024) * (((1 - COLD) * warm + COLD * cold) / 1000);
    return CALLS * (of('a Lambda request') + gigabyteSeconds * of('a GB-second on arm64'));
  };
  const gigabytes = (CALLS * TRANSFERRED) / 1e9;
  const units = Math.max(gigabytes / LCU.gigabytes, CALLS / LCU.connections);
  const instances = INSTANCES * of('an hour of m7g.large') * (1 + of('the management fee of Managed Instances')) * HOURS_OF_A_MONTH;
  return [
    { door: 'REST API', front: CALLS * of('a request of a REST API'), lambda: lambda(rest), standing: 0 },
    { door: 'HTTP API', front: CALLS * of('a request of an HTTP API'), lambda: lambda(url), standing: 0 },
    { door: 'Function URL', front: 0, lambda: lambda(url), standing: 0 },
    {
      door: 'CloudFront', lambda: lambda(url), standing: 0,
      front: CALLS * of('an HTTPS request of CloudFront') + (gigabytes / 2) * of('a GB from CloudFront to an origin'),
    },
    { door: 'load balancer', front: units * of('an hour of a capacity unit (LCU)'), lambda: lambda(url), standing: HOURS_OF_A_MONTH * of('an hour of a load balancer') },
    { door: 'HTTP API, Managed Instances', front: CALLS * of('a request of an HTTP API'), lambda: CALLS * of('a request of Managed Instances'), standing: instances },
  ];
}

/** The table as it stands in docs/deploy.md. */
export async function table() {
  const dollars = (amount) => amount.toFixed(2);
  const logs = ((CALLS * LOGGED) / 1e9) * of('a GB of logs');
  const lines = (await rows()).map(({ door, front, lambda, standing }) =>
    `| ${door} | ${dollars(front)} | ${dollars(lambda)} | ${dollars(logs)} | ${dollars(front + lambda + logs)} | ${standing ? dollars(standing) : '–'} |`);
  return ['| | front | Lambda | logs | a million calls | standing, a month |', '|---|--:|--:|--:|--:|--:|', ...lines, ''].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rest, url, cold } = await durations();
  console.log(await table());
  console.log(`Billed: ${rest} ms for a warm call through a REST API, ${url} ms through the others, ${cold} ms for one that starts an environment.`);
  for (const [name, { price, source, read }] of Object.entries(prices)) console.log(`${name}: $${Number(price.toPrecision(6))} (${source}, ${read})`);
}
