//! The names of types in clients. Types keep their names in Rust, but `Input`, `Output`, `Chunk` and `Details` are
//! named after their callable: `CreateNoteInput`. Where different types have the same name, or a type is written otherwise than it is read,
//! the name says for what it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::root_name;
use super::schema::resolve;
use crate::contract::{Contract, Contracts, Role};

/// The name of each type, by the callable, the role and the name in the schema.
pub(super) struct Names(BTreeMap<(String, Role, String), String>);

/// Names that one of the languages, or the written code, has for something else.
const TAKEN: &[&str] = &[
    "Any",
    "Array",
    "Bool",
    "Boolean",
    "Byte",
    "Callable",
    "Callables",
    "Chunk",
    "Char",
    "Character",
    "Class",
    "Codable",
    "CodingKeys",
    "Data",
    "Date",
    "Decodable",
    "Decoder",
    "Double",
    "Dynamic",
    "Encodable",
    "Encoder",
    "Enum",
    "Error",
    "Exception",
    "Float",
    "Function",
    "Functions",
    "Future",
    "HttpsCallable",
    "Int",
    "Int32",
    "Int64",
    "Integer",
    "Iterable",
    "Iterator",
    "Json",
    "JsonArray",
    "JsonElement",
    "JsonNull",
    "JsonObject",
    "JsonPrimitive",
    "JsonValue",
    "JSONKey",
    "JSONNull",
    "JSONValue",
    "KSerializer",
    "Last",
    "List",
    "Long",
    "Map",
    "Never",
    "Next",
    "Nothing",
    "Null",
    "Number",
    "Object",
    "Option",
    "Optional",
    "Pair",
    "Partial",
    "Promise",
    "Protocol",
    "Record",
    "Result",
    "Self",
    "Sendable",
    "Serializer",
    "Serializable",
    "Set",
    "Short",
    "Stream",
    "Streamed",
    "Streaming",
    "String",
    "Symbol",
    "Task",
    "Type",
    "UInt",
    "UInt64",
    "Unit",
    "Unknown",
    "Void",
];

/// Whether a name is one of those.
pub(crate) fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name)
}

/// A use of a type with a name.
struct Use<'a> {
    contract: &'a Contract,
    role: Role,
    /// Whether it is the callable's type itself.
    root: bool,
    /// The type with all types that it refers to.
    whole: String,
}

impl Names {
    pub(super) fn new(contracts: &Contracts) -> Self {
        let mut uses: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
        let mut roots = BTreeSet::new();
        for contract in &contracts.callables {
            for role in Role::ALL {
                let Some(schema) = role.schema_of(contract) else { continue };
                roots.insert(root_name(contract, role));
                if let Some(title) = title(schema) {
                    uses.entry(title).or_default().push(Use {
                        contract,
                        role,
                        root: true,
                        whole: whole(schema, ""),
                    });
                }
                let definitions = schema.get("$defs").and_then(Value::as_object);
                for name in definitions.into_iter().flat_map(Map::keys) {
                    let whole = whole(schema, name);
                    uses.entry(name).or_default().push(Use { contract, role, root: false, whole });
                }
            }
        }
        let mut names = BTreeMap::new();
        for (name, uses) in &uses {
            for one in uses {
                let schema_name = if one.root { "" } else { *name };
                let key = (one.contract.name.clone(), one.role, schema_name.to_owned());
                names.insert(key, free(chosen(name, one, uses), &roots));
            }
        }
        Self(names)
    }

    /// The name of the type that the schema of this callable and role has under `name`; `""` is the schema itself.
    pub(super) fn of(&self, contract: &Contract, role: Role, name: &str) -> String {
        let known = self.0.get(&(contract.name.clone(), role, name.to_owned()));
        known.cloned().unwrap_or_else(|| root_name(contract, role))
    }
}

fn free(name: String, roots: &BTreeSet<String>) -> String {
    if is_taken(&name) || roots.contains(&name) { format!("{name}Type") } else { name }
}

fn chosen(name: &str, one: &Use<'_>, uses: &[Use<'_>]) -> String {
    let base = pascal(name);
    let asks = |one: &Use<'_>| one.role == Role::Input;
    let same = |mut uses: Box<dyn Iterator<Item = &Use<'_>> + '_>| {
        let first = uses.next().map(|one| &one.whole);
        uses.all(|one| Some(&one.whole) == first)
    };
    if same(Box::new(uses.iter())) {
        return base;
    }
    let input = if asks(one) { "Input" } else { "" };
    let alike = |input: bool| same(Box::new(uses.iter().filter(move |one| asks(one) == input)));
    if alike(true) && alike(false) {
        return format!("{base}{input}");
    }
    let of = pascal(&one.contract.name);
    let role = if asks(one) { input } else { one.role.name() };
    format!("{of}{base}{role}")
}

/// The name in Rust of the type of a whole schema, unless it is one that most callables have.
fn title(schema: &Value) -> Option<&str> {
    let title = schema.get("title")?.as_str()?;
    Role::ALL.iter().all(|role| role.name() != title).then_some(title)
}

/// A definition with all definitions that it leads to: equal for equal types. `""` is the whole schema.
fn whole(root: &Value, name: &str) -> String {
    let own = root.get("title").and_then(Value::as_str).map(|title| format!("#/$defs/{title}"));
    let mut found = BTreeMap::new();
    let mut open = vec![if name.is_empty() { "#".to_owned() } else { format!("#/$defs/{name}") }];
    while let Some(reference) = open.pop() {
        let shown = own.clone().filter(|_| reference == "#").unwrap_or_else(|| reference.clone());
        if found.contains_key(&shown) {
            continue;
        }
        let mut schema = resolve(root, &reference).clone();
        if let (Some(schema), "#") = (schema.as_object_mut(), reference.as_str()) {
            ["$schema", "$defs", "title"].iter().for_each(|key| drop(schema.shift_remove(*key)));
        }
        references(&schema, &mut open);
        let text = schema.to_string();
        let text = match &own {
            Some(own) => text.replace("\"$ref\":\"#\"", &format!("\"$ref\":\"{own}\"")),
            None => text,
        };
        found.insert(shown, text);
    }
    found.into_iter().map(|(name, schema)| format!("{name} {schema}\n")).collect()
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value.as_str() {
                    Some(reference) if key == "$ref" => found.push(reference.to_owned()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// `create-note`, `create_note` and `createNote` are `CreateNote`.
pub(crate) fn pascal(name: &str) -> String {
    let capital = |word: String| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let name: String = words(name).into_iter().map(capital).collect();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name
    } else {
        format!("T{name}")
    }
}

/// The words of a name: `with-dash` and `WITH_DASH` have two, in small letters; `withDash` stays as it is, one word.
pub(crate) fn words(name: &str) -> Vec<String> {
    let parts =
        name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let loud = !name.contains(|letter: char| letter.is_ascii_lowercase());
    parts.map(|part| if loud { part.to_ascii_lowercase() } else { part.to_owned() }).collect()
}
