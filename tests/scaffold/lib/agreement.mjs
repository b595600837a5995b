// Whether the files that list functions agree with what the functions' manifests declare: a sentence for each line that
// is missing or must go, with the file and what to do.

import { routerOf } from '../../../scripts/scaffold/router.mjs';
import { valueOf } from '../../../scripts/scaffold/template.mjs';

/** What is wrong with the routes of `cargo lambda watch` in the workspace's Cargo.toml. */
export function problemsOfRouter(manifest, functions) {
  const line = (route, folder) => `"${route}" = "${folder}"`;
  const wanted = functions.flatMap(({ folder, routes }) => routes.map((route) => line(route, folder)));
  const found = Object.entries(routerOf(manifest)).map(([route, folder]) => line(route, folder));
  return differences(wanted, found, {
    missing: (text) => `Cargo.toml lacks ${text}: add the line to [workspace.metadata.lambda.watch.router]`,
    extra: (text) => `Cargo.toml has ${text}, which no function declares: remove the line from [workspace.metadata.lambda.watch.router]`,
  });
}

/**
 * What is wrong with the functions in a template, whose folders stand below `base`. One that is `whole` has every
 * function, and every function there has both routes; another one has some, and a function with a URL has no route.
 */
export function problemsOfTemplate(file, text, functions, { base, whole }) {
  const resources = Object.entries(valueOf(text).Resources).filter(([, { Type }]) => Type === 'AWS::Serverless::Function');
  const folders = functions.map(({ folder }) => `${base}${folder}`);
  const found = resources.map(([, { Properties }]) => Properties.CodeUri);
  const existence = differences(whole ? folders : [], whole ? found : found.filter((code) => !folders.includes(code)), {
    missing: (code) => `${file} lacks CodeUri: ${code}: add a function with that line, as make new writes it`,
    extra: (code) => `${file} has CodeUri: ${code}, which is not a function of this workspace: remove its resource`,
  });
  const routes = resources.flatMap(([id, { Properties }]) => {
    const declared = functions.find(({ folder }) => Properties.CodeUri === `${base}${folder}`);
    if (!declared) return [];
    const wrongId = whole && id !== declared.logicalId ? [`${file} has ${id}: rename it to ${declared.logicalId}`] : [];
    return [...wrongId, ...problemsOfEvents(file, id, Properties, declared)];
  });
  return [...existence, ...routes];
}

function problemsOfEvents(file, id, { Events, FunctionUrlConfig }, { routes }) {
  if (FunctionUrlConfig && !Events) return [];
  const properties = Object.values(Events ?? {}).map((event) => event.Properties);
  // Preflights of routes that do not exist go to any one callable.
  const calls = properties.filter(({ Method }) => Method !== 'OPTIONS');
  const line = (Path, Method) => `Path: ${Path} with Method: ${Method}`;
  return differences(routes.map((route) => line(route, 'ANY')), calls.map(({ Path, Method }) => line(Path, Method)), {
    missing: (text) => `${file}: ${id} lacks ${text}: add an event with these lines`,
    extra: (text) => `${file}: ${id} has ${text}, which its manifest does not declare: remove the event`,
  });
}

/** What is wrong with the rows of the README's table. */
export function problemsOfReadme(text, functions) {
  const [, table] = text.match(/\n\| function \| what it does \|\n\|---\|---\|\n((?:\|.*\n)+)/);
  const found = table.trimEnd().split('\n').map((row) => row.split(' | ')[0]);
  const wanted = functions.map(({ folder, name }) => `| [\`${name}\`](functions/${folder}/src/handler.rs)`);
  return differences(wanted, found, {
    missing: (row) => `README.md lacks the row ${row}: add it to the table of functions`,
    extra: (row) => `README.md has the row ${row}, which is not a function: remove it from the table of functions`,
  });
}

/** A sentence for each of `wanted` that is not in `found`, and for each of `found` that is not wanted or repeated. */
function differences(wanted, found, { missing, extra }) {
  const rest = [...found];
  const lacking = wanted.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [...lacking.map(missing), ...rest.map(extra)];
}
