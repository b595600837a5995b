// The calls that were made, in the browser's storage: the newest fifty, without tokens. And the links to a call.

import { at, element } from './dom.js';

const KEY = 'calls';
const MOST = 50;
const LONGEST = 20_000; // letters of one call's data
const SECRET = /token|password|secret/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** The calls, the newest first. */
export function calls() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]');
  } catch {
    return [];
  }
}

/**
 * Whether a call's data may be stored: it has no token, no password, and is not too long.
 * @param {string} text
 */
export function storable(text) {
  let secret = false;
  try {
    JSON.parse(text.trim() || 'null', (name, value) => {
      if (typeof value === 'string' && (SECRET.test(name) || JWT.test(value))) secret = secret || value !== '';
      return value;
    });
  } catch {
    return false; // not looked through
  }
  return !secret && text.length <= LONGEST;
}

/**
 * Adds a call.
 * @param {{name: string, text: string, stream: boolean, outcome: string, good: boolean}} call
 */
export function add({ text, ...call }) {
  const entry = { ...call, ...(storable(text) && { text }), at: Date.now() };
  localStorage.setItem(KEY, JSON.stringify([entry, ...calls()].slice(0, MOST)));
}

/** Shows the calls. `restore` gets the one that is clicked. */
export function show(restore) {
  const all = calls();
  at('no-history').hidden = all.length > 0;
  at('forget').hidden = all.length === 0;
  at('history').replaceChildren(...all.map((call) => {
    const when = new Date(call.at).toLocaleTimeString();
    const data = element('small', { className: 'data', textContent: call.text ?? 'data is not kept' });
    const line = element('small', { className: call.good ? 'good' : 'bad', textContent: call.outcome });
    const name = element('span', { textContent: call.name });
    const button = element('button', { type: 'button', onclick: () => restore(call) }, name, element('time', { textContent: when }), data, line);
    return element('li', {}, button);
  }));
}

/** Forgets all calls. */
export const forget = () => localStorage.removeItem(KEY);

/** The fragment of the address that leads to a function with this data. */
export const linkTo = (name, text) => `#${encodeURIComponent(name)}?data=${encodeURIComponent(text)}`;

/** The function and the data of a fragment. */
export function linked(fragment) {
  const [name, query = ''] = fragment.replace(/^#/, '').split('?', 2);
  const found = query.split('&').find((part) => part.startsWith('data='));
  try {
    return { name: decodeURIComponent(name), text: found && decodeURIComponent(found.slice('data='.length)) };
  } catch {
    return { name: '' }; // not a link of this page
  }
}
