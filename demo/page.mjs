// The demo page: bundled once, and served on an origin of its own.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

import { root } from '../tests/lib/process.mjs';

const folder = path.join(root, 'demo');

/** `import source from './x.mjs?text'` is the file as text. */
const asText = {
  name: 'as-text',
  setup: (build) => {
    build.onResolve({ filter: /\?text$/ }, ({ path: file, resolveDir }) => ({
      path: path.join(resolveDir, file.replace('?text', '')), namespace: 'text',
    }));
    build.onLoad({ filter: /./, namespace: 'text' }, async ({ path: file }) => ({
      contents: await readFile(file, 'utf8'), loader: 'text',
    }));
  },
};

/**
 * Serves the page on `port`. `config` holds the URLs of the other servers; `session` makes a Clerk session token
 * for a user id.
 */
export async function startDemo({ port, config, session }) {
  const { build } = await import(path.join(folder, 'node_modules/esbuild/lib/main.js'));
  const bundle = await build({
    entryPoints: [path.join(folder, 'src/main.mjs')],
    bundle: true, format: 'esm', target: 'es2022', minify: true, write: false, plugins: [asText],
  });
  const pages = {
    '/': ['text/html', await readFile(path.join(folder, 'index.html'))],
    '/style.css': ['text/css', await readFile(path.join(folder, 'style.css'))],
    '/page.js': ['text/javascript', bundle.outputFiles[0].text],
    '/config.json': ['application/json', JSON.stringify(config)],
  };
  const server = createServer((request, response) => {
    const [pathname] = request.url.split(/[?#]/, 1); // not parsed by URL, which throws at `//`
    if (pathname === '/clerk-session') return response.setHeader('cache-control', 'no-store').end(session('user_demo'));
    const page = Object.hasOwn(pages, pathname) && pages[pathname];
    if (!page) return response.writeHead(404).end();
    return response.setHeader('content-type', `${page[0]}; charset=utf-8`).end(page[1]);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}
