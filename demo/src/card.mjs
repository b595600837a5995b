// A card for each answer on the page: the function that was called, its answer, the time it took, and the code.

import { why } from './explain.mjs';

const log = document.querySelector('#log');

/** Puts a card on top. Words are added as they arrive; `done` or `failed` closes it. */
export function card({ name, title, lines }) {
  document.querySelector('.hint')?.remove();
  const item = document.querySelector('#card').content.cloneNode(true).firstElementChild;
  const part = (selector) => item.querySelector(selector);
  const start = performance.now();
  item.dataset.name = name;
  part('h3').textContent = title;
  part('.outcome').textContent = 'waiting …';
  part('pre code').textContent = lines;
  part('[data-copy]').addEventListener('click', async ({ target }) => {
    await navigator.clipboard.writeText(lines);
    target.textContent = 'Copied';
  });
  log.prepend(item);

  const close = (kind, outcome, rows) => {
    item.classList.add(kind);
    item.dataset.closed = '';
    part('.outcome').textContent = outcome;
    const took = `${Math.round(performance.now() - start)} ms`;
    part('dl').replaceChildren(...[...rows, ['Time', took]].map(([term, text]) => row(term, text)));
  };
  return {
    word: (word) => {
      part('.words').hidden = false;
      const span = document.createElement('span');
      span.textContent = `${word} `;
      span.dataset.at = Math.round(performance.now() - start);
      part('.words').append(span);
    },
    done: (result) => close('good', typeof result === 'string' ? result : JSON.stringify(result), []),
    failed: (error) => {
      const details = error.details === undefined ? [] : [['Details', JSON.stringify(error.details)]];
      close('bad', error.code ?? error.name, [['Message', error.message], ...details]);
      part('.why').textContent = why(error);
    },
  };
}

function row(term, text) {
  const pair = document.createElement('div');
  const [dt, dd] = ['dt', 'dd'].map((tag) => document.createElement(tag));
  dt.textContent = term;
  dd.textContent = text;
  pair.append(dt, dd);
  return pair;
}
