// The answer of a call: its chunks as they come, its outcome, its result or its details.

import { at, element, say } from './dom.js';

let begun;
let count;

/** The time since the call began. */
export const took = () => `${Math.round(performance.now() - begun)} ms`;

/** A call begins. */
export function begin() {
  begun = performance.now();
  count = 0;
  at('chunks').replaceChildren();
  at('answer').hidden = true;
  at('answer-label').hidden = true;
  say('why');
  outcome('Waiting …');
}

/** A chunk has come. */
export function chunk(value) {
  count += 1;
  const time = element('time', { textContent: took() });
  at('chunks').append(element('li', {}, element('code', { textContent: JSON.stringify(value) }), time));
  outcome(`${count} ${count === 1 ? 'chunk' : 'chunks'}, ${took()}`);
}

/**
 * The answer has come.
 * @param {object} answer as `send` returns it
 * @param {string} why a sentence that explains it, or nothing
 * @returns {string} the outcome in one line
 */
export function finish({ status, good, code, message, shown }, why = '') {
  const says = code ? `${code}: ${message}` : good ? 'OK' : 'Not an answer of a callable';
  const line = `${says} (HTTP ${status}, ${took()})`;
  outcome(line, good ? 'good' : 'bad');
  say('answer-label', shown === undefined ? '' : code ? 'Details' : good ? 'Result' : 'Body');
  at('answer').hidden = shown === undefined;
  at('answer').textContent = typeof shown === 'string' && !good && !code ? shown : JSON.stringify(shown, null, 2);
  say('why', why);
  return line;
}

/** Says how far the call is. */
export function outcome(text, kind = '') {
  Object.assign(at('outcome'), { textContent: text, className: kind });
  say('see', `${text} ↓`, `quiet small ${kind}`);
}

at('see').onclick = () => {
  at('answer-title').scrollIntoView();
  at('answer-title').focus();
};
