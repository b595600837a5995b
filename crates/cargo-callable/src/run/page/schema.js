// Makes of a callable's schema (JSON Schema 2020-12, as Rust's schemars writes it) one that the library of the forms
// takes well: definitions, tuples by `items`, variants with titles, the type of each value known.

/** How variants without a name are called. The library numbers titles that are types' names. */
const CALLED = {
  string: 'text', integer: 'whole number', number: 'decimal number', boolean: 'yes or no', null: 'no value', array: 'list', object: 'members',
};
const ANY = ['null', 'string', 'number', 'boolean', 'object', 'array'];
/** What both forms of a schema share. Formats are left out: the library has editors of its own for some. */
const SAME = [
  'type', 'title', 'description', 'default', 'enum', 'required', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum',
  'multipleOf', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties',
];

/**
 * The schema for the library.
 * @param {object|boolean} schema
 * @returns {object}
 */
export function formOf(schema) {
  const definitions = schema?.$defs ?? {};
  const form = one(schema, definitions);
  const all = Object.entries(definitions).map(([name, definition]) => [name, one(definition, definitions)]);
  return all.length ? { ...form, definitions: Object.fromEntries(all) } : form;
}

const nameOf = ($ref) => $ref.split('/').at(-1);

/** The schema behind references, with what stands beside them. */
function resolved(schema, definitions) {
  if (!schema?.$ref) return schema;
  const { $ref, ...beside } = schema;
  const target = resolved(definitions[nameOf($ref)] ?? true, definitions);
  if (target === true) return beside;
  const required = [...(beside.required ?? []), ...(target.required ?? [])];
  return {
    ...target, ...beside,
    ...(target.properties && { properties: { ...beside.properties, ...target.properties } }),
    ...(required.length > 0 && { required }),
  };
}

function one(schema, definitions) {
  if (typeof schema !== 'object' || schema === null) return anything({});
  const { $ref, ...beside } = schema;
  if ($ref) {
    // The library merges annotations into what a reference leads to; members are merged here.
    if (beside.properties) return one(resolved(schema, definitions), definitions);
    return { ...same(beside), $ref: `#/definitions/${nameOf($ref)}` };
  }
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants) return choice(schema, variants, definitions);
  if ('const' in schema) return { ...same(schema), ...fixed(schema.const) };
  if (Array.isArray(schema.type)) {
    return choice(schema, schema.type.map((type) => ({ ...schema, type, title: undefined, description: undefined, default: undefined })), definitions);
  }
  if (schema.allOf) return one({ ...schema, allOf: undefined, ...merged(schema.allOf, definitions) }, definitions);
  if (schema.type === 'object' || schema.properties) return object(schema, definitions);
  if (schema.type === 'array') return array(schema, definitions);
  if (schema.type === 'boolean') return { ...same(schema), format: 'checkbox' };
  return schema.type || schema.enum ? same(schema) : anything(schema);
}

function same(schema) {
  const kept = SAME.filter((key) => schema[key] !== undefined);
  return Object.fromEntries(kept.map((key) => [key, schema[key]]));
}

const anything = (schema) => ({ ...same(schema), type: ANY, additionalProperties: true, options: { disable_properties: false } });
const fixed = (value) => ({ ...(typeof value === 'string' && { type: 'string' }), enum: [value], default: value });
const merged = (all, definitions) => all.map((part) => resolved(part, definitions)).reduce((sum, part) => ({
  ...sum, ...part,
  properties: { ...sum.properties, ...part.properties }, required: [...(sum.required ?? []), ...(part.required ?? [])],
}), {});

function object(schema, definitions) {
  const map = Object.values(schema.patternProperties ?? {})[0] ?? schema.additionalProperties;
  const open = typeof map === 'object' || (map === true && !schema.properties);
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, one(member, definitions)]);
  return {
    ...same(schema), type: 'object', properties: Object.fromEntries(members),
    additionalProperties: open && one(map, definitions),
    ...(open && { options: { disable_properties: false } }),
  };
}

function array(schema, definitions) {
  const { prefixItems: tuple, items } = schema;
  if (!tuple) return { ...same(schema), items: filled(one(items ?? true, definitions)) };
  return {
    ...same(schema), items: tuple.map((item) => filled(one(item, definitions))), additionalItems: false,
    minItems: tuple.length, maxItems: tuple.length,
  };
}

/** An item that a form shows unasked has a value, too. */
const filled = (item) => (['integer', 'number'].includes(item.type) ? { default: item.minimum > 0 ? item.minimum : 0, ...item } : item);

/** A choice between variants, each with a title. */
function choice(schema, variants, definitions) {
  const names = variants.map(namesOf);
  if (names.every(Boolean)) return { ...same(schema), type: 'string', enum: names.flat() };
  const each = variants.flatMap((variant) => namesOf(variant)?.map((name) => ({ ...variant, const: name, enum: undefined })) ?? [variant]);
  const { type, ...annotations } = same(schema);
  // Only variants without a tag can fit the same value.
  const key = schema.oneOf || Array.isArray(schema.type) || each.some((variant) => variant.type === 'null') ? 'oneOf' : 'anyOf';
  return { ...annotations, [key]: sorted(each, definitions).map((variant) => titled(variant, definitions)) };
}

/** The texts that a variant allows, if it allows nothing else. */
function namesOf(variant) {
  if (typeof variant.const === 'string') return [variant.const];
  return variant.enum?.every((name) => typeof name === 'string') ? variant.enum : undefined;
}

/** A variant, titled by its tag, its key, its name or its type. Its tag is fixed, so it is not shown. */
function titled(variant, definitions) {
  const whole = resolved(variant, definitions);
  const members = Object.entries(whole.properties ?? {});
  const tag = members.find(([, member]) => typeof member?.const === 'string');
  const title = variant.title
    ?? tag?.[1].const.split('.').at(-1)
    ?? (variant.const !== undefined ? String(variant.const) : undefined)
    ?? (whole.additionalProperties === false && members.length === 1 ? members[0][0] : undefined)
    ?? (variant.$ref ? nameOf(variant.$ref) : undefined) ?? CALLED[whole.type] ?? 'anything';
  if (!tag) {
    const form = one(variant, definitions);
    return { ...form, title };
  }
  const form = one(whole, definitions);
  form.properties[tag[0]].options = { hidden: true };
  return { ...form, title };
}

/** What a form of `schema` shows at once, so what the library makes even if nobody looks at it. */
const parts = (schema) => [
  ...Object.values(schema.properties ?? {}), ...(schema.prefixItems ?? []), ...(schema.minItems > 0 && schema.items ? [schema.items] : []),
  ...(schema.allOf ?? []),
];

/** Whether a form of `schema` could show a form of the same type in itself. */
function recurs(schema, definitions, above = []) {
  if (typeof schema !== 'object' || schema === null) return false;
  const { $ref } = schema;
  if ($ref && (above.includes($ref) || recurs(definitions[nameOf($ref)], definitions, [...above, $ref]))) return true;
  return [...parts(schema), ...(schema.oneOf ?? schema.anyOf ?? [])].some((part) => recurs(part, definitions, above));
}

/** How many types deep the smallest form of `schema` is. */
function depth(schema, depths) {
  if (typeof schema !== 'object' || schema === null) return 0;
  const variants = schema.oneOf ?? schema.anyOf;
  return Math.max(
    schema.$ref ? depths[nameOf(schema.$ref)] ?? 0 : 0, ...parts(schema).map((part) => depth(part, depths)),
    variants ? Math.min(...variants.map((variant) => depth(variant, depths))) : 0,
  );
}

/** The depth of each definition. */
function depthsOf(definitions) {
  const depths = Object.fromEntries(Object.keys(definitions).map((name) => [name, Infinity]));
  for (let before; before !== String(Object.values(depths));) {
    before = String(Object.values(depths));
    for (const [name, definition] of Object.entries(definitions)) depths[name] = 1 + depth(definition, depths);
  }
  return depths;
}

/** The variants, with one first whose form ends: it is shown before anybody chooses. */
function sorted(variants, definitions) {
  if (!recurs(variants[0], definitions)) return variants;
  const depths = depthsOf(definitions);
  const first = variants.reduce((least, variant) => (depth(variant, depths) < depth(least, depths) ? variant : least));
  return [first, ...variants.filter((variant) => variant !== first)];
}

const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/**
 * What of `value` fits `schema`, after the schema has changed; undefined if nothing does. Only kinds of values and names
 * of members are looked at: the form shows what else is wrong.
 */
export function fitting(schema, value, definitions = schema?.$defs ?? {}) {
  const whole = resolved(schema, definitions);
  if (typeof whole !== 'object' || whole === null) return value;
  if ('const' in whole) return whole.const === value ? value : undefined;
  if (whole.enum) return whole.enum.includes(value) ? value : undefined;
  const variants = whole.oneOf ?? whole.anyOf;
  if (variants) {
    const all = variants.map((variant) => fitting(variant, value, definitions)).filter((fit) => fit !== undefined);
    return all.sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
  }
  const kind = kindOf(value);
  const types = [whole.type ?? kind].flat().map((type) => (type === 'integer' ? 'number' : type));
  if (!types.includes(kind)) return undefined;
  if (kind === 'array' && (whole.items || whole.prefixItems)) {
    const of = (index) => whole.prefixItems?.[index] ?? whole.items ?? true;
    return value.map((item, index) => fitting(of(index), item, definitions)).filter((item) => item !== undefined);
  }
  if (kind !== 'object' || !whole.properties) return value;
  const members = Object.entries(value).filter(([name]) => whole.properties[name] !== undefined);
  const fits = members.map(([name, member]) => [name, fitting(whole.properties[name], member, definitions)]);
  return Object.fromEntries(fits.filter(([, member]) => member !== undefined));
}

/** Data that a callable with this input refuses, because one value has another kind. It is `data` but for that value. */
export function unfit(schema, data) {
  const whole = resolved(schema ?? true, schema?.$defs ?? {});
  const other = (part) => (resolved(part, schema.$defs ?? {})?.type === 'number' ? 'wrong' : 0);
  if (typeof whole !== 'object') return { wrong: 'wrong' };
  if (whole.type !== 'object') return ['object', 'string', undefined].includes(whole.type) ? 0 : 'wrong';
  const names = whole.required ?? Object.keys(whole.properties ?? {});
  const name = names.find((each) => whole.properties?.[each] !== true);
  if (!name) return 0;
  const type = resolved(whole.properties[name], schema.$defs ?? {}).type;
  const wrong = ['integer', 'number', 'boolean'].includes(type) ? 'wrong' : type === 'string' ? 5 : other(whole.properties[name]);
  return { ...(kindOf(data) === 'object' ? data : {}), [name]: wrong };
}
