// The page: which function is chosen, and what happens with it.

import * as answer from './answer.js';
import * as caller from './caller.js';
import * as data from './data.js';
import { at, copy, element, parse, say } from './dom.js';
import { FAILURES } from './failures.js';
import * as past from './history.js';
import { LANGUAGES } from './lines.js';
import * as list from './list.js';
import { curl, request, send } from './request.js';

const CALLERS = {
  anyone: 'Anyone may call', signedIn: 'Signed-in callers', claim: 'Callers with a claim', policy: 'Callers whom its policy admits',
};
let config = { callables: [] };
let known; // the configuration as a text
let chosen = '';
let language = 'TypeScript';
let running; // ends the call
const drafts = new Map(); // the data of each function that was chosen

const current = () => config.callables.find(({ name }) => name === chosen);
const streams = (it) => it.contract?.stream ?? it.stream;

/** Reads which functions there are now. */
async function refresh() {
  let text;
  try {
    text = await (await fetch('config.json')).text();
  } catch {
    known = undefined;
    return void (at('where').textContent = 'The local run has ended: start it again with cargo callable run');
  }
  if (text === known) return;
  known = text;
  config = JSON.parse(text);
  at('where').textContent = `${config.functions}, project ${config.project}`;
  caller.configure(config);
  if (config.forms) await data.load();
  if (current()) await show();
  else if (config.callables.length) await choose(config.callables[0].name);
  else await show();
}

/** Chooses a function, and shows its last data, or `text`. */
async function choose(name, text) {
  if (chosen && chosen !== name) drafts.set(chosen, data.text());
  const before = past.calls().find((call) => call.name === name && call.text !== undefined)?.text;
  chosen = name;
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  at('stream').checked = Boolean(current() && streams(current()));
  at('data').value = text ?? drafts.get(name) ?? before ?? 'null';
  await show();
}

/** Writes what the chosen function is. */
async function show() {
  list.show(config.callables, chosen);
  const it = current();
  at('name').textContent = it?.name ?? 'No function';
  say('description', it?.contract?.description ?? '');
  say('trouble', it?.trouble ?? '');
  const http = it?.kind === 'http';
  at('facts').replaceChildren(...(it ? facts(it) : []).map((fact) => element('li', { textContent: fact })));
  at('data-label').textContent = http ? 'Body' : 'Data (JSON)';
  at('streaming').hidden = http || !it;
  at('failures').hidden = http || !it;
  at('code').hidden = http || !it;
  at('go').disabled = !it && !running;
  if (it) await data.show(it);
  lines();
}

function facts({ kind, contract, ...rest }) {
  if (kind === 'http') return ['Webhook: any body, no token of a user'];
  if (!contract) return [streams(rest) ? 'Streams' : 'Does not stream', 'Does not say its types'];
  return [
    CALLERS[contract.callers] ?? contract.callers, contract.appCheck ? 'Needs App Check' : 'No App Check needed',
    contract.stream ? 'Streams' : 'Does not stream',
  ];
}

const callOf = (it, tokens) => ({ name: it.name, kind: it.kind, text: data.text(), stream: at('stream').checked, ...tokens });

/** Writes the request as curl, and the lines of the chosen language. */
function lines() {
  const it = current();
  if (!it) return;
  const call = { ...callOf(it, caller.current()), text: at('data').value };
  at('curl').textContent = curl(request(config.functions, call));
  const { value, problem } = parse(call.text);
  at('lines').textContent = problem ?? LANGUAGES[language]({ name: it.name, data: value, stream: call.stream, typed: Boolean(it.contract) });
  say('lines-note', call.stream && language !== 'TypeScript' ? 'These lines ask for the result only, without chunks.' : '');
}

/** Calls the chosen function. `failure` is what goes wrong on purpose. */
async function call(failure) {
  const it = current();
  if (!it || running) return;
  const typed = data.text();
  const { value, problem } = parse(typed);
  if (problem && it.kind === 'callable') return answer.outcome(problem, 'bad');
  running = new AbortController();
  at('go').textContent = 'Stop';
  answer.begin();
  let made = callOf(it, await caller.tokens());
  if (failure) made = failure.change(made, { project: config.project, contract: it.contract, data: value });
  const sent = request(config.functions, made);
  at('curl').textContent = curl(sent);
  let outcome;
  let good = false;
  try {
    const got = await send(sent, { kind: it.kind, signal: running.signal, chunk: answer.chunk });
    outcome = answer.finish(got, failure?.why(got));
    good = got.good;
  } catch (error) {
    const why = error.name === 'AbortError' ? 'Stopped' : `No answer that a page may read (${error.message}): see the terminal`;
    outcome = `${why}, after ${answer.took()}`;
    answer.outcome(outcome, 'bad');
  } finally {
    running = undefined;
    at('go').textContent = 'Call';
  }
  if (failure) return;
  past.add({ name: it.name, text: typed, stream: made.stream, outcome, good });
  past.show(restore);
}

/** Shows an earlier call again. */
async function restore({ name, text, stream }) {
  if (!config.callables.some((one) => one.name === name)) return answer.outcome(`There is no function ${name} any more`, 'bad');
  await move(name, text);
  at('stream').checked = stream;
  lines();
  at('go').focus();
}

/** Goes to a function, with this data. */
async function move(name, text) {
  if (name !== chosen) return choose(name, text);
  if (text !== undefined) await data.setText(text);
}

async function follow() {
  const { name, text } = past.linked(location.hash);
  if (name && config.callables.some((one) => one.name === name)) await move(name, text);
}

at('call').onsubmit = (event) => {
  event.preventDefault();
  if (running) running.abort();
  else call();
};
for (const [id, failure] of Object.entries(FAILURES)) at(id).onclick = () => call(failure);
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  call();
});
at('tabs').replaceChildren(...Object.keys(LANGUAGES).map((name) => {
  const tab = element('input', { type: 'radio', name: 'language', value: name, checked: name === language });
  tab.onchange = () => {
    language = name;
    lines();
  };
  return element('label', {}, tab, name);
}));
at('copy-curl').onclick = ({ currentTarget }) => copy(currentTarget, at('curl').textContent);
at('copy-lines').onclick = ({ currentTarget }) => copy(currentTarget, at('lines').textContent);
at('copy-link').onclick = ({ currentTarget }) => {
  const { value, problem } = parse(data.text());
  const text = problem ? at('data').value : JSON.stringify(value);
  copy(currentTarget, `${location.origin}${location.pathname}${past.linkTo(chosen, text)}`);
};
at('forget').onclick = () => {
  past.forget();
  past.show(restore);
};
at('stream').onchange = lines;
data.changes.addEventListener('change', lines);
caller.changes.addEventListener('change', lines);
list.onChoice((name) => move(name));
addEventListener('hashchange', follow);

const first = past.linked(location.hash);
past.show(restore);
chosen = first.name;
if (first.text !== undefined) at('data').value = first.text;
else at('data').value = past.calls().find((call) => call.name === first.name && call.text !== undefined)?.text ?? 'null';
await refresh();
if (current()) at('stream').checked = Boolean(streams(current()));
lines();
setInterval(() => document.hidden || running || refresh(), 2000);
