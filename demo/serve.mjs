// The page of `cargo callable run` in this repository: writes the variables that make exchangeClerkToken trust a new,
// simulated Clerk instance, and serves the demo page, which gets its sessions from there.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { clerkInstance } from './clerk.mjs';
import { startDemo } from './page.mjs';
import { root } from '../tests/lib/process.mjs';

const { PAGE_PORT, FUNCTIONS_URL, AUTH_URL, PROJECT_ID } = process.env;
const clerk = clerkInstance({ party: `http://127.0.0.1:${PAGE_PORT}` });
const lines = Object.entries(clerk.variables).map(([name, value]) => `${name}="${value.replaceAll('\n', '\\n')}"\n`);
await mkdir(path.join(root, '.tools'), { recursive: true });
await writeFile(path.join(root, '.tools/clerk.env'), lines.join(''));
await startDemo({
  port: Number(PAGE_PORT),
  config: { project: PROJECT_ID, auth: AUTH_URL, functions: FUNCTIONS_URL },
  session: (user) => clerk.token({ sub: user }),
});
