// Lines of a program that call a function, in the languages of the apps. The input stands in them as a literal.

/** The languages, by the names of their tabs. */
export const LANGUAGES = { TypeScript: typescript, Swift: swift, Kotlin: kotlin, Dart: dart };

/** The letters of a literal that stays on one line. */
const WIDTH = 60;

/**
 * @typedef {object} Call
 * @property {string} name of the function
 * @property {*} data its input
 * @property {boolean} stream whether chunks are asked for
 * @property {boolean} typed whether there is a generated client
 */

/** @param {Call} call */
export function typescript({ name, data, stream, typed }) {
  const of = typed ? `callables(functions).${name}` : `httpsCallable(functions, '${name}')`;
  const input = data === null ? '' : javascript(data);
  if (stream) {
    return `const { stream, data } = await ${of}.stream(${input});\nfor await (const chunk of stream) console.log(chunk);\nconst result = await data;`;
  }
  return typed ? `const result = await ${of}(${input});` : `const { data: result } = await ${of}(${input});`;
}

/** @param {Call} call */
export function swift({ name, data }) {
  const input = data === null ? '' : literal(data, {
    text: (value) => `"${escaped(value, '"')}"`, nothing: 'NSNull()', member: ': ',
    list: (items) => `${block('[', items, ']')} as [Any]`,
    map: (members) => `${members.length ? block('[', members, ']') : '[:]'} as [String: Any]`,
  });
  return `let result = try await Functions.functions().httpsCallable("${name}").call(${input})`;
}

/** @param {Call} call */
export function kotlin({ name, data }) {
  const input = data === null ? '' : literal(data, {
    text: (value) => `"${escaped(value, '"$')}"`, nothing: 'null', member: ' to ',
    list: (items) => (items.length ? block('listOf(', items, ')') : 'emptyList<Any>()'),
    map: (members) => (members.length ? block('mapOf(', members, ')') : 'emptyMap<String, Any>()'),
  });
  return `val result = Firebase.functions.getHttpsCallable("${name}").call(${input}).await()`;
}

/** @param {Call} call */
export function dart({ name, data }) {
  const input = data === null ? '' : literal(data, {
    text: (value) => `'${escaped(value, "'$")}'`, nothing: 'null', member: ': ',
    list: (items) => block('[', items, ']'), map: (members) => (members.length ? block('{', members, '}') : '<String, dynamic>{}'),
  });
  return `final result = await FirebaseFunctions.instance.httpsCallable('${name}').call(${input});`;
}

/** A name without quotes where JavaScript allows it. `__proto__` would be no member. */
const key = (name) => (name === '__proto__' ? "['__proto__']" : /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));
const quoted = (text) => `'${escaped(text, "'")}'`;

function javascript(value) {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return block('[', value.map(javascript), ']');
  if (value === null || typeof value !== 'object') return String(value);
  const members = Object.entries(value).map(([name, member]) => `${key(name)}: ${javascript(member)}`);
  return members.length ? block('{', members, '}', ' ') : '{}';
}

/** A value in a language with these words. */
function literal(value, words) {
  const inside = (part) => literal(part, words);
  if (value === null) return words.nothing;
  if (typeof value === 'string') return words.text(value);
  if (Array.isArray(value)) return words.list(value.map(inside));
  if (typeof value !== 'object') return String(value);
  return words.map(Object.entries(value).map(([name, member]) => `${words.text(name)}${words.member}${inside(member)}`));
}

/** The parts between two brackets: on one line, or on a line each if they are long. */
function block(open, parts, close, space = '') {
  const line = `${open}${space}${parts.join(', ')}${space}${close}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `  ${part.replaceAll('\n', '\n  ')},\n`).join('')}${close}`;
}

/** The inside of a quoted text. Control characters are `\u{…}`, or `\u…` in Kotlin. */
function escaped(text, special) {
  const names = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
  const kotlin = special === '"$';
  return [...text].map((letter) => {
    if (names[letter]) return names[letter];
    if (special.includes(letter)) return `\\${letter}`;
    const code = letter.codePointAt(0).toString(16);
    if (!/[\p{Cc}\u2028\u2029]/u.test(letter)) return letter;
    return kotlin ? `\\u${code.padStart(4, '0')}` : `\\u{${code}}`;
  }).join('');
}
