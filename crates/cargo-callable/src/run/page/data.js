// The data of the next call: one JSON text, which a person edits as it is or in a form. The text is what is sent.

import { at, element, parse, say } from './dom.js';
import { fitting, formOf } from './schema.js';
import { addTheme } from './theme.js';

/** The library, once it is there. */
let library;
let editor; // the form that is shown
let shown; // what the form was made of: its function and schema, as a text
let schema;
let wanted = 'form';

/** Called after each change of the text. */
export const changes = new EventTarget();
const changed = () => changes.dispatchEvent(new Event('change'));

/** The text that is sent. What is being typed in the form counts. */
export function text() {
  if (editor?.ready && inForm()) {
    if (at('form').contains(document.activeElement)) document.activeElement.dispatchEvent(new Event('change', { bubbles: true }));
    take();
  }
  return at('data').value;
}

const inForm = () => !at('form').hidden;
const pretty = (value) => JSON.stringify(value ?? null, null, 2);

/** Replaces the data. */
export async function setText(value) {
  at('data').value = value;
  await build();
  changed();
}

/** Loads the library of the forms, which is there once the Auth emulator is installed. */
export async function load() {
  if (library) return;
  await new Promise((done) => document.head.append(element('script', { src: 'json-editor.js', onload: done, onerror: done })));
  if (!window.JSONEditor) return;
  addTheme(window.JSONEditor);
  library = window.JSONEditor;
}

/**
 * Shows the form of a function, or the text if there is none. After a change of its schema, what still fits is kept.
 * @param {{name: string, contract: ?{input: *}}} callable
 */
export async function show({ name, contract }) {
  const input = contract?.input;
  const next = JSON.stringify([name, library ? input : undefined]);
  if (next === shown) return;
  const same = shown && JSON.parse(shown)[0] === name;
  const focused = same && at('form').contains(document.activeElement) ? document.activeElement.name : undefined;
  if (same) text();
  shown = next;
  schema = library ? input : undefined;
  if (same && schema !== undefined) {
    const { value, problem } = parse(at('data').value);
    if (!problem && value !== null) at('data').value = pretty(fitting(schema, value));
  }
  at('ways').hidden = schema === undefined;
  await build();
  if (focused) [...at('form').querySelectorAll('[name]')].find((field) => field.name === focused)?.focus();
  changed();
}

/** Makes the form anew, with the data of the text. */
async function build() {
  const of = shown;
  if (at('form').contains(document.activeElement)) document.activeElement.blur(); // while the form can still hear it
  editor?.destroy();
  editor = undefined;
  at('form').replaceChildren();
  if (schema === undefined || wanted === 'text') return look('text');
  const { value, problem } = parse(at('data').value);
  if (problem) return look('text', `${problem}. So there is no form.`);
  const holder = element('div');
  at('form').append(holder);
  let made;
  try {
    made = new library(holder, {
      schema: formOf(schema), theme: 'page', disable_theme_rules: true, disable_edit_json: true, disable_properties: true,
      disable_array_reorder: true, disable_array_delete_last_row: true, disable_array_delete_all_rows: true, disable_collapse: true,
      no_additional_properties: true, show_opt_in: true, prompt_before_delete: false, form_name_root: 'data',
    });
    editor = made;
    await made.promise; // in it the library makes the form
    if (of !== shown || editor !== made) return; // another function was chosen meanwhile
    const empty = value === null || value === undefined;
    if (!empty) made.setValue(value);
    look('form');
    take();
    if (!empty && !fits(value, made.getValue())) say('data-note', 'The form has no place for a part of the data, and left it out.');
    made.on('change', () => editor === made && inForm() && take());
  } catch (error) {
    if (editor !== made) return;
    editor = undefined;
    holder.remove();
    look('text', `The form cannot be made (${error.message}).`);
  }
}

/** Whether all of `value` is in `other`. */
function fits(value, other) {
  if (typeof value !== 'object' || value === null) return value === other;
  return typeof other === 'object' && other !== null && Object.entries(value).every(([name, member]) => fits(member, other[name]));
}

/** Writes the value of the form as the text. */
function take() {
  const value = pretty(editor.getValue());
  if (value === at('data').value) return;
  at('data').value = value;
  changed();
}

function look(way, note = '') {
  at('form').hidden = way !== 'form';
  at('text').hidden = way !== 'text';
  at('as-form').checked = way === 'form';
  at('as-text').checked = way === 'text';
  say('data-note', note);
}

at('as-form').onchange = at('as-text').onchange = async () => {
  if (editor?.ready && inForm()) text();
  wanted = at('as-form').checked ? 'form' : 'text';
  await build();
  (wanted === 'form' && inForm() ? at('as-form') : at('as-text')).focus();
};
at('data').oninput = changed;
