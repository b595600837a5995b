//! Reads the schema of an enum with data. Source: serde's four forms of enums (<https://serde.rs/enum-representations.html>),
//! as schemars writes them. An adjacently tagged enum is a tagged one whose data is one member.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::names::pascal;
use super::read::{Reader, docs, seen_through};
use super::schema::{alternatives, is_closed, is_required, merged, properties, reference, texts};
use super::{Named, Payload, Union};

pub(super) fn read(reader: &mut Reader<'_>, schema: &Value, name: &str) -> Union {
    let all: Vec<Value> = alternatives(schema).cloned().unwrap_or_default();
    let base = base_of(schema);
    let whole: Vec<Value> =
        all.iter().map(|one| with_base(reader.root, base.as_ref(), one)).collect();
    let tag = tag_of(&whole);
    let mut variants = Vec::new();
    let mut taken = BTreeSet::new();
    for (index, (one, whole)) in all.iter().zip(&whole).enumerate() {
        let mut add = |name: String, value| {
            taken.insert(name.clone());
            variants.push(Named { name, docs: docs(one), value });
        };
        if let (Some(tag), Some(value)) = (&tag, tag.as_ref().and_then(|tag| constant(whole, tag)))
        {
            let of = format!("{name}{}", pascal(&value));
            let members = reader.members(whole, &of, Some(tag));
            add(value, Payload::Tagged(members));
        } else if let (None, Some(texts)) = (&base, texts(one)) {
            texts.into_iter().for_each(|text| add(text.to_owned(), Payload::Text));
        } else if let (None, Some((key, inner))) = (&base, keyed(one)) {
            let ty = reader.ty(inner, &format!("{name}{}", pascal(key)));
            add(key.to_owned(), Payload::Keyed(ty));
        } else {
            let short = short_name(reader, one, index, &taken);
            let ty = match &base {
                None => reader.ty(one, &format!("{name}{short}")),
                Some(_) => reader.ty(whole, &format!("{name}{short}")),
            };
            taken.insert(short.clone());
            variants.push(Named { name: short, docs: docs(one), value: Payload::Plain(ty) });
        }
    }
    Union { tag, variants }
}

/// The members beside a flattened enum.
fn base_of(schema: &Value) -> Option<Value> {
    let mut base: Map<String, Value> = schema.as_object()?.clone();
    base.retain(|key, _| !["oneOf", "anyOf", "description", "title"].contains(&key.as_str()));
    let has_members = properties(schema).is_some_and(|properties| !properties.is_empty());
    has_members.then_some(Value::Object(base))
}

/// A variant with all its members.
fn with_base(root: &Value, base: Option<&Value>, one: &Value) -> Value {
    let one = merged(root, one);
    let Some(base) = base else { return one };
    let parts = Value::Array(vec![base.clone(), one]);
    let mut whole = merged(root, &Value::Object(Map::from_iter([("allOf".to_owned(), parts)])));
    if let Some(whole) = whole.as_object_mut() {
        whole.remove("additionalProperties");
    }
    whole
}

/// The member that has another text in each variant.
fn tag_of(variants: &[Value]) -> Option<String> {
    let first = properties(variants.first()?)?;
    let tells = |tag: &&String| {
        let values: Option<BTreeSet<_>> = variants.iter().map(|one| constant(one, tag)).collect();
        values.is_some_and(|values| values.len() == variants.len())
    };
    first.keys().find(tells).cloned()
}

fn constant(schema: &Value, name: &str) -> Option<String> {
    let member = properties(schema)?.get(name)?;
    let text = match texts(member)?.as_slice() {
        [one] => (*one).to_owned(),
        _ => return None,
    };
    is_required(schema, name).then_some(text)
}

/// The only member of an object that has no others: serde's form of a variant by default.
fn keyed(schema: &Value) -> Option<(&str, &Value)> {
    let members = properties(schema).filter(|members| members.len() == 1 && is_closed(schema))?;
    let (name, inner) = members.iter().next()?;
    is_required(schema, name).then_some((name.as_str(), inner))
}

/// A name for a variant that has none on the wire.
fn short_name(
    reader: &Reader<'_>,
    schema: &Value,
    index: usize,
    taken: &BTreeSet<String>,
) -> String {
    let title = schema.get("title").and_then(Value::as_str);
    let named = title.or_else(|| reference(schema).filter(|name| !name.is_empty()));
    let form = match seen_through(reader.root, schema).get("type").and_then(Value::as_str) {
        Some("string") => "Text",
        Some("number") => "Number",
        Some("integer") => "Integer",
        Some("boolean") => "Bool",
        Some("array") => "List",
        Some("null") => "Empty",
        _ => "Object",
    };
    let name = named.map_or_else(|| form.to_owned(), pascal);
    if taken.contains(&name) { format!("{name}{}", index + 1) } else { name }
}
