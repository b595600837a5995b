//! Reads the schema of a callable's type.

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::{Names, pascal};
use super::schema::{
    alternatives, is_closed, is_null, is_required, merged, properties, reference, resolve, texts,
    without_null,
};
use super::{Definition, Integer, Member, Named, Shape, Struct, Type, lines, union};
use crate::contract::{Contract, Role};

/// Reads one schema, and adds the types that have a name.
pub(super) struct Reader<'a> {
    pub(super) root: &'a Value,
    definitions: &'a mut BTreeMap<String, Definition>,
    names: &'a Names,
    contract: &'a Contract,
    role: Role,
}

/// The type of a callable in a role.
pub(super) fn read(
    definitions: &mut BTreeMap<String, Definition>,
    names: &Names,
    contract: &Contract,
    role: Role,
) -> Option<Type> {
    let root = role.schema_of(contract)?;
    let mut reader = Reader { root, definitions, names, contract, role };
    let named = root.get("$defs").and_then(Value::as_object);
    for (name, schema) in named.into_iter().flatten() {
        let name = names.of(contract, role, name);
        reader.define(&name, schema);
    }
    Some(reader.ty(root, &names.of(contract, role, "")))
}

impl Reader<'_> {
    /// The type of a schema. If it needs a name, and has none in Rust, it gets `name`.
    pub(super) fn ty(&mut self, schema: &Value, name: &str) -> Type {
        if let Some(target) = reference(schema) {
            return Type::Named(self.names.of(self.contract, self.role, target));
        }
        if schema.get("x-callable-type").is_some() {
            return Type::Integer(Integer::ExactInt64);
        }
        if let Some(some) = without_null(schema) {
            return match self.ty(&some, name) {
                Type::Any => Type::Any,
                ty => Type::Optional(Box::new(ty)),
            };
        }
        if needs_name(schema) {
            let shape = self.shape(schema, name);
            let docs = docs(schema);
            return self.add(name, Definition { docs, shape });
        }
        self.simple(schema, name)
    }

    /// Adds a type that has a name in Rust.
    fn define(&mut self, name: &str, schema: &Value) {
        if self.definitions.contains_key(name) {
            return;
        }
        let shape = if needs_name(schema) && reference(schema).is_none() {
            self.shape(schema, name)
        } else {
            Shape::Alias(self.ty(schema, &format!("{name}Value")))
        };
        self.definitions.insert(name.to_owned(), Definition { docs: docs(schema), shape });
    }

    /// Adds a type, and gives the name that it really has: another one if `name` is that of another type.
    pub(super) fn add(&mut self, name: &str, definition: Definition) -> Type {
        let mut free = name.to_owned();
        for number in 2_u32.. {
            match self.definitions.get(&free) {
                Some(known) if *known != definition => free = format!("{name}{number}"),
                _ => break,
            }
        }
        self.definitions.insert(free.clone(), definition);
        Type::Named(free)
    }

    fn shape(&mut self, schema: &Value, name: &str) -> Shape {
        if let Some(texts) = all_texts(schema) {
            return Shape::Texts(texts);
        }
        let schema = merged(self.root, schema);
        if alternatives(&schema).is_some() {
            return Shape::Union(union::read(self, &schema, name));
        }
        Shape::Struct(self.members(&schema, name, None))
    }

    /// The members of an object but `tag`.
    pub(super) fn members(&mut self, schema: &Value, name: &str, tag: Option<&str>) -> Struct {
        let mut found = Struct::default();
        for (member, schema_of) in properties(schema).into_iter().flatten() {
            if Some(member.as_str()) == tag {
                continue;
            }
            let ty = self.ty(schema_of, &format!("{name}{}", pascal(member)));
            let required = is_required(schema, member);
            let mut docs = docs(schema_of);
            if let Some(default) =
                schema_of.get("default").filter(|value| !required && !value.is_null())
            {
                docs.push(format!("Default: `{default}`."));
            }
            found.members.push(Member { name: member.clone(), docs, ty, required });
        }
        found.others = self.others(schema, name);
        found
    }

    fn others(&mut self, schema: &Value, name: &str) -> Option<Type> {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let mut patterns = patterns.into_iter().flat_map(|patterns| patterns.values());
        let others = patterns.next().or_else(|| schema.get("additionalProperties"));
        let others = others.filter(|_| patterns.next().is_none() || !is_closed(schema))?;
        (*others != Value::Bool(false)).then(|| self.ty(others, &format!("{name}Value")))
    }

    fn simple(&mut self, schema: &Value, name: &str) -> Type {
        match schema.get("type").and_then(Value::as_str) {
            _ if is_null(schema) => Type::Null,
            Some("boolean") => Type::Bool,
            Some("integer") => Type::Integer(integer(schema)),
            Some("number") => Type::Number,
            Some("string") => Type::Text,
            Some("array") => match schema.get("prefixItems").and_then(Value::as_array) {
                Some(items) => {
                    let item = |(index, item)| self.ty(item, &format!("{name}{index}"));
                    Type::Tuple(items.iter().enumerate().map(item).collect())
                }
                None => {
                    let item = schema.get("items").unwrap_or(&Value::Bool(true));
                    Type::List(Box::new(self.ty(item, &format!("{name}Item"))))
                }
            },
            Some("object") => Type::Map(Box::new(self.others(schema, name).unwrap_or(Type::Any))),
            _ => Type::Any,
        }
    }
}

/// Whether a schema is that of a struct or an enum.
fn needs_name(schema: &Value) -> bool {
    let object = schema.get("type").and_then(Value::as_str) == Some("object");
    let map = ["additionalProperties", "patternProperties"];
    let map =
        map.iter().any(|key| schema.get(key).is_some_and(|value| *value != Value::Bool(false)));
    properties(schema).is_some_and(|properties| !properties.is_empty())
        || (object && !map)
        || schema.get("enum").is_some()
        || schema.get("const").is_some_and(Value::is_string)
        || ["oneOf", "anyOf", "allOf"].iter().any(|key| schema.get(key).is_some())
}

/// The texts of an enum that has no others.
fn all_texts(schema: &Value) -> Option<Vec<Named<()>>> {
    let one = |schema: &Value| {
        let docs = docs(schema);
        let named = |text: &str| Named { name: text.to_owned(), docs: docs.clone(), value: () };
        Some(texts(schema)?.into_iter().map(named).collect::<Vec<_>>())
    };
    match alternatives(schema) {
        Some(all) => all.iter().map(one).collect::<Option<Vec<_>>>().map(|all| all.concat()),
        None => one(schema).map(|texts| {
            texts.into_iter().map(|text| Named { docs: Vec::new(), ..text }).collect()
        }),
    }
}

fn integer(schema: &Value) -> Integer {
    match schema.get("format").and_then(Value::as_str) {
        Some("int8" | "int16" | "int32" | "uint8" | "uint16") => Integer::Narrow,
        Some("uint32") => Integer::Wide,
        Some("uint64" | "uint" | "uint128") => Integer::UInt64,
        _ => Integer::Int64,
    }
}

/// The doc comment of a type or a member.
pub(super) fn docs(schema: &Value) -> Vec<String> {
    let text = schema.get("description").and_then(Value::as_str);
    let mut docs = text.map(lines).unwrap_or_default();
    if schema.get("deprecated") == Some(&Value::Bool(true)) {
        docs.push("Deprecated.".to_owned());
    }
    docs
}

/// The schema that a reference stands for, else the schema itself.
pub(super) fn seen_through<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match reference(schema) {
        Some("") => root,
        Some(name) => resolve(root, &format!("#/$defs/{name}")),
        None => schema,
    }
}
