// The documents as tests read them: paragraphs, tables, headings, and the code in each.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../../lib/process.mjs';

/** A file of the tree as text. */
export const read = (file) => readFileSync(path.join(root, file), 'utf8');

/** The files of the tree that match. */
export const listed = (...patterns) => execFileSync('git', ['ls-files', ...patterns], { cwd: root, encoding: 'utf8' }).trim().split('\n');

/** Every document, by its path. */
export const documents = listed('*.md').map((file) => ({ file, text: read(file) }));

/** Every line of Rust outside tests/. */
export const source = listed('*.rs').filter((file) => !file.startsWith('tests/')).map(read).join('\n');

/** The text outside of code blocks. */
export const prose = (text) => text.replace(/^```[^]*?^```$/gm, '');

/** The inline code in a piece of Markdown. */
export const spans = (text) => [...text.matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, code]) => code.replace(/\s+/g, ' '));

/** Pieces of prose that belong together: paragraphs, items of lists, rows of tables, headings. */
export const passages = ({ text }) =>
  prose(text).split(/\n\n+|\n(?=[-|#]|\d+\. )/).map((passage) => passage.trim()).filter(Boolean);

/** The headings of a document, as they are written. */
export const headings = ({ text }) => [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.trim());

const cellsOf = (row) => row.replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));

/** The cells of every table, with the headings of their columns. */
export function cells({ file, text }) {
  const found = [];
  for (const [table] of prose(text).matchAll(/(?:^\|.*\|$\n?)+/gm)) {
    const [head, , ...rows] = table.trim().split('\n').map(cellsOf);
    for (const row of rows) row.forEach((cell, column) => found.push({ file, heading: head[column], cell }));
  }
  return found;
}
