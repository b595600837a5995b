// The list of functions: a filter, and arrow keys.

import { at, element } from './dom.js';

let callables = [];
let chosen;
let choose;

/** Says what a click on a function does. */
export const onChoice = (given) => { choose = given; };

/** Shows the functions; the focus stays where it is. */
export function show(all = callables, current = chosen) {
  [callables, chosen] = [all, current];
  const part = at('filter').value.trim().toLowerCase();
  const focused = document.activeElement?.dataset?.name;
  const found = callables.filter(({ name, contract }) => `${name} ${contract?.description ?? ''}`.toLowerCase().includes(part));
  at('functions').replaceChildren(...found.map(row));
  at('no-functions').hidden = found.length > 0;
  at('no-functions').textContent = callables.length ? 'No function has this in its name or description' : 'No function yet: cargo callable add NAME';
  if (focused) buttons().find(({ dataset }) => dataset.name === focused)?.focus();
}

function row({ name, kind, stream, contract, trouble }) {
  const button = element('button', { type: 'button', data: { name }, onclick: () => choose(name) }, name);
  if (name === chosen) button.ariaCurrent = 'true';
  const says = trouble ? 'does not run' : kind === 'http' ? 'webhook' : contract?.stream ?? stream ? 'streams' : '';
  if (says) button.append(element('small', { textContent: says, className: trouble ? 'bad' : '' }));
  return element('li', {}, button);
}

const buttons = () => [...at('functions').querySelectorAll('button')];

at('filter').oninput = () => show();
at('filter').onkeydown = (event) => {
  if (event.key === 'Enter') buttons()[0]?.click();
  if (event.key === 'Escape') {
    at('filter').value = '';
    show();
  }
};
at('nav').addEventListener('keydown', (event) => {
  const all = buttons();
  const here = all.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: here < 0 ? undefined : 0, End: here < 0 ? undefined : all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  (all[to] ?? (to < 0 ? at('filter') : all.at(-1)))?.focus();
});
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input, textarea, select');
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  at('filter').focus();
});
