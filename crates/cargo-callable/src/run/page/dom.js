// The elements of the page. Data becomes text only, never HTML.

/** The element with this id. */
export const at = (id) => document.getElementById(id);

/**
 * A new element.
 * @param {string} tag
 * @param {object} properties of the element; `data` fills its dataset
 * @param {...(Node|string)} children
 */
export function element(tag, { data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, data);
  made.append(...children);
  return made;
}

/** Shows `text` in the element with this id, and hides the element if there is none. */
export function say(id, text = '', className) {
  Object.assign(at(id), { textContent: text, hidden: !text });
  if (className !== undefined) at(id).className = className;
}

/** Copies `text`; the button says so until it loses the focus or the pointer. */
export async function copy(button, text) {
  const label = button.dataset.label ??= button.textContent;
  await navigator.clipboard.writeText(text).then(() => {
    button.textContent = 'Copied';
  }, () => {
    button.textContent = 'The browser does not allow it';
  });
  button.onblur = button.onpointerleave = () => { button.textContent = label; };
}

/** The JSON value of a text, an empty one is null; or the sentence why there is none. */
export function parse(text) {
  try {
    return { value: JSON.parse(text.trim() || 'null') };
  } catch (error) {
    return { problem: `The data is not JSON: ${error.message}` };
  }
}
