// Bundles each Node peer into one file, as for a deployment: build.mjs <folder>

import { readFile } from 'node:fs/promises';

import { build } from 'esbuild';

// The runtime client loads a native module at run time; rapid-client.mjs replaces it.
const native = {
  name: 'no-native-client',
  setup: (setup) => {
    setup.onLoad({ filter: /aws-lambda-ric.dist.index\.mjs$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('__require("./rapid-client.node")', 'globalThis.rapidClient'),
      loader: 'js',
    }));
  },
};
for (const peer of ['callable', 'by-hand']) {
  await build({
    stdin: {
      contents: `import * as client from './rapid-client.mjs'; import { run } from 'aws-lambda-ric';
        globalThis.rapidClient = client; await run(process.env.LAMBDA_TASK_ROOT, process.argv[2]);`,
      resolveDir: new URL('.', import.meta.url).pathname,
    },
    bundle: true, platform: 'node', format: 'esm', minify: true, plugins: [native],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    outfile: `${process.argv[2]}/${peer}/bootstrap.mjs`,
  });
  await build({
    entryPoints: [new URL(`${peer}.mjs`, import.meta.url).pathname],
    bundle: true, platform: 'node', format: 'esm', minify: true,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    outfile: `${process.argv[2]}/${peer}/index.mjs`,
  });
}
