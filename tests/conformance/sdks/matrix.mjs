// Client SDKs of several versions against our callables: a call, an error with details, and a stream, where the SDK has
// streams. Each is what an app would import.

import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';

import { start, stopAll, within } from '../../lib/process.mjs';
import { program } from '../servers/index.mjs';

const DATA = { text: 'é🦀', list: [1, null, { a: true }] };
const ERROR = { code: 'aborted', message: 'm', details: { a: [1, 'é'] } };
const CHUNKS = ['one', { two: 2 }, null, 'é\u2028'];

let count = 0;
const named = () => `app-${(count += 1)}`;
const config = { projectId: 'my-app', apiKey: 'any', appId: '1:1:web:1' };

const required = createRequire(import.meta.url);
/** Some packages do not export their package.json; as a file it can be read. */
const versionOf = (name) => required(`./node_modules/${name}/package.json`).version;

/** The modular API of one version of the package firebase. */
const modular = (folder) => ({
  name: () => `firebase ${versionOf(folder)}`,
  open: async (url) => {
    const [{ SDK_VERSION, deleteApp, initializeApp }, { getFunctions, httpsCallable }] = await Promise.all([import(`${folder}/app`), import(`${folder}/functions`)]);
    if (SDK_VERSION !== versionOf(folder)) throw new Error(`${folder} loads ${SDK_VERSION}`);
    const app = initializeApp(config, named());
    const functions = getFunctions(app, url);
    const callable = (callableName) => httpsCallable(functions, callableName);
    return {
      call: async (callableName, data) => (await callable(callableName)(data)).data,
      stream: callable('stream').stream && ((data) => callable('stream').stream(data)),
      close: () => deleteApp(app),
    };
  },
});

/** Its compat API, which has the names of version 8. */
const compat = (folder) => ({
  name: () => `firebase ${versionOf(folder)}, compat`,
  open: async (url) => {
    const { default: firebase } = await import(`${folder}/compat/app`);
    await import(`${folder}/compat/functions`);
    const app = firebase.initializeApp(config, named());
    const callable = (callableName) => app.functions(url).httpsCallable(callableName);
    return {
      call: async (callableName, data) => (await callable(callableName)(data)).data,
      stream: callable('stream').stream && ((data) => callable('stream').stream(data)),
      close: () => app.delete(),
    };
  },
});

const rxfire = {
  name: () => `rxfire ${versionOf('rxfire')}`,
  open: async (url) => {
    const [{ deleteApp, initializeApp }, { getFunctions }, { httpsCallable }, { firstValueFrom }] = await Promise.all(
      ['firebase/app', 'firebase/functions', 'rxfire/functions', 'rxjs'].map((name) => import(name)),
    );
    const app = initializeApp(config, named());
    const functions = getFunctions(app, url);
    return { call: (name, data) => firstValueFrom(httpsCallable(functions, name)(data)), close: () => deleteApp(app) };
  },
};

const capacitor = {
  name: () => `@capacitor-firebase/functions ${versionOf('@capacitor-firebase/functions')}, as on the web`,
  open: async (url) => {
    // The plugin is CommonJS for Node, and has to share its instance of Firebase.
    const [{ deleteApp, initializeApp }, { FirebaseFunctions }] = ['firebase/app', '@capacitor-firebase/functions'].map(required);
    const app = initializeApp(config);
    return { call: async (name, data) => (await FirebaseFunctions.callByUrl({ url: `${url}/${name}`, data })).data, close: () => deleteApp(app) };
  },
};

const CLIENTS = [
  ...[9, 10, 11, 12, 13].flatMap((version) => {
    const folder = version === 12 ? 'firebase' : `firebase-${version}`;
    return [modular(folder), compat(folder)];
  }),
  rxfire,
  capacitor,
];

const equal = (found, wanted) => (isDeepStrictEqual(found, wanted) ? 'works' : `got ${JSON.stringify(found)}`);

async function failed({ call }) {
  try {
    return `got ${JSON.stringify(await call('fail', ERROR))}`;
  } catch ({ code, message, details }) {
    // Newer versions append the HTTP status to the message.
    return equal([code.replace(/^functions\//, ''), message.replace(/ \[\d+\]$/, ''), details], [ERROR.code, ERROR.message, ERROR.details]);
  }
}

async function streamed({ stream }) {
  if (!stream) return 'not offered';
  const opened = await stream({ chunks: CHUNKS, result: DATA });
  const chunks = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  return equal([chunks, await opened.data], [CHUNKS, DATA]);
}

/** Name of a client, and what it does: `works`, `not offered`, or what went wrong. */
async function cells({ name, open }, url) {
  const client = await open(url);
  const attempt = (what, run) => within(20_000, what, run).catch((error) => error.message);
  const row = [
    name(),
    await attempt('the call', client.call('echo', DATA).then((found) => equal(found, DATA))),
    await attempt('the error', failed(client)),
    await attempt('the stream', streamed(client)),
  ];
  await client.close();
  return row;
}

/** The matrix as rows of cells. */
export async function matrix() {
  const server = start(program, [], { env: { FIREBASE_PROJECT_ID: 'my-app', PORT: '0' } });
  const [, address] = await server.printed(/"listening","address":"([^"]+)"/);
  try {
    const found = [];
    for (const client of CLIENTS) found.push(await cells(client, `http://${address}`));
    return found;
  } finally {
    await stopAll();
  }
}

/** The matrix as Markdown, and the cells that are neither `works` nor `not offered`. */
export async function sdkTable() {
  const found = await matrix();
  const lines = [['client', 'a call', 'an error with details', 'a stream'], ['---', '---', '---', '---'], ...found];
  const problems = found.flatMap(([name, ...rest]) => rest.filter((cell) => !['works', 'not offered'].includes(cell)).map((cell) => `${name}: ${cell}`));
  return { text: lines.map((line) => `| ${line.join(' | ')} |`).join('\n'), problems };
}
