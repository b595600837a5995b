//! JSON Schemas as schemars writes them.

use serde_json::{Map, Value};

/// The schema that `$ref` names in the document `root`. One that is not in it is read as "anything".
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> &'a Value {
    let pointer = reference.strip_prefix('#').unwrap_or(reference);
    root.pointer(pointer).unwrap_or(&Value::Bool(true))
}

/// The name of the definition that a schema refers to, if it is nothing but that. `""` is the document itself.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref")?.as_str()?;
    let bare =
        !["properties", "oneOf", "anyOf", "allOf"].iter().any(|key| schema.get(key).is_some());
    let name = reference.strip_prefix("#/$defs/").or_else(|| (reference == "#").then_some(""));
    name.filter(|_| bare)
}

/// The alternatives of a schema.
pub(crate) fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()
}

/// The texts of a schema that allows certain texts only.
pub(crate) fn texts(schema: &Value) -> Option<Vec<&str>> {
    let one = schema.get("const").and_then(Value::as_str).map(|text| vec![text]);
    one.or_else(|| schema.get("enum")?.as_array()?.iter().map(Value::as_str).collect())
}

pub(super) fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
        || schema.get("const").is_some_and(Value::is_null)
}

pub(crate) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

pub(crate) fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

/// Whether an object of this schema has no members but the declared ones.
pub(crate) fn is_closed(schema: &Value) -> bool {
    schema.get("additionalProperties") == Some(&Value::Bool(false))
}

/// The schema of what is there, if it may be null beside that.
pub(crate) fn without_null(schema: &Value) -> Option<Value> {
    let mut some = schema.as_object()?.clone();
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let rest: Vec<_> = types.iter().filter(|one| *one != "null").cloned().collect();
        if rest.len() == types.len() {
            return None;
        }
        if let Some(Value::Array(texts)) = some.get_mut("enum") {
            texts.retain(|text| !text.is_null());
        }
        let rest = if let [one] = rest.as_slice() { one.clone() } else { Value::Array(rest) };
        some.insert("type".to_owned(), rest);
        return Some(Value::Object(some));
    }
    let all = alternatives(schema)?;
    let rest: Vec<_> = all.iter().filter(|one| !is_null(one)).cloned().collect();
    if rest.len() == all.len() {
        return None;
    }
    if let [one] = rest.as_slice() {
        return Some(one.clone());
    }
    let key = if some.contains_key("oneOf") { "oneOf" } else { "anyOf" };
    some.insert(key.to_owned(), Value::Array(rest));
    Some(Value::Object(some))
}

/// The schema with the members of what it refers to, and of all parts of `allOf`: a struct's own and its flattened ones.
/// What is still in the way is the enum of a flattened field, which stays in `oneOf` or `anyOf`.
pub(crate) fn merged(root: &Value, schema: &Value) -> Value {
    let mut all = Map::new();
    merge(root, schema, &mut all, 0);
    Value::Object(all)
}

/// References that lead to themselves end at this depth.
const DEEPEST: u32 = 32;

fn merge(root: &Value, schema: &Value, into: &mut Map<String, Value>, depth: u32) {
    let Some(object) = schema.as_object().filter(|_| depth < DEEPEST) else { return };
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        merge(root, resolve(root, reference), into, depth + 1);
    }
    for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        merge(root, part, into, depth + 1);
    }
    for (key, value) in object {
        match (key.as_str(), into.get_mut(key)) {
            ("$ref" | "allOf" | "$defs" | "$schema", _) => {}
            ("properties", Some(Value::Object(known))) => {
                known.extend(value.as_object().cloned().into_iter().flatten());
            }
            ("required", Some(Value::Array(known))) => {
                known.extend(value.as_array().cloned().into_iter().flatten());
            }
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
