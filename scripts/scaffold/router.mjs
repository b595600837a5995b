// The routes of `cargo lambda watch`, in the workspace's Cargo.toml: generated from what the functions declare.

import { parse, patch } from '@decimalturn/toml-patch';

/** The manifest with the routes of `functions` and no others; comments and the order of its lines stay. */
export function withRoutes(manifest, functions) {
  const document = parse(manifest);
  const routes = functions.flatMap(({ folder, routes: paths }) => paths.map((route) => [route, folder]));
  document.workspace.metadata.lambda.watch.router = Object.fromEntries(routes);
  return patch(manifest, document);
}

/** The routes in the manifest: folder by path. */
export const routerOf = (manifest) => parse(manifest).workspace.metadata.lambda.watch.router;
