// Made text within a document that people write: it stands between two comments.

const borders = (name) => [`<!-- ${name}: made by make compatibility -->`, `<!-- end of ${name} -->`];

/** `document` with `text` between the markers `name`. */
export function replaced(document, name, text) {
  const [begin, end] = borders(name);
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no markers ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
