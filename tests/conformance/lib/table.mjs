// The verdicts as Markdown: a table with a column for each server, and what the differences are.

const cell = ({ verdict }) => ({ passed: 'yes', differs: 'differs', skipped: 'n/a' })[verdict];
const escaped = (text) => text.replaceAll('|', '\\|').replace(/__proto__/g, '`$&`').replace(/\*/g, '\\*');

/** `results`: for each server its name, its verdicts, and its known differences. */
export function table(results) {
  const rows = results[0].verdicts.map(({ id, sentence }, index) => [`${id}: ${sentence}`, ...results.map(({ verdicts }) => cell(verdicts[index]))]);
  const head = ['row', ...results.map(({ name }) => name)];
  return [head, head.map(() => '---'), ...rows].map((line) => `| ${line.map(escaped).join(' | ')} |`).join('\n');
}

/** For each server, how many rows passed, what differs and why, and what was not asked; servers of which the same is true, together. */
export function reasons(results) {
  const texts = new Map();
  for (const result of results) {
    const text = reasonsOf(result);
    texts.set(text, [...(texts.get(text) ?? []), result.name]);
  }
  return [...texts].map(([text, names]) => `**${names.join('; ')}**: ${text}`).join('\n\n');
}

function reasonsOf({ verdicts, known }) {
  const of = (wanted) => verdicts.filter(({ verdict }) => verdict === wanted);
  const differing = of('differs').map(({ id }) => `- ${id}: ${escaped(known[id] ?? 'not listed')}`);
  const notAsked = [...grouped(of('skipped'))].map(([reason, rows]) => `- n/a, ${reason}: ${rows.map(({ id }) => id).join(', ')}`);
  const counts = `${of('passed').length} of ${verdicts.length} rows as expected, ${differing.length} that differ, ${of('skipped').length} not applicable.`;
  return [counts, '', ...differing, ...notAsked].join('\n').trimEnd();
}

function grouped(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.reason, [...(groups.get(row.reason) ?? []), row]);
  return groups;
}
