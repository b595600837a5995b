//! What changed between two contracts, and whether that breaks clients that are out already.
//!
//! A client writes inputs, so an input may become wider: a new optional member, one more text. It reads outputs, chunks
//! and details, so those may become narrower. Everything else breaks some client.

use std::fmt;

use serde_json::Value;

mod schemas;

use crate::contract::{Contract, Contracts, Role};

/// A change of one callable.
#[derive(Debug, PartialEq)]
pub(crate) struct Change {
    callable: String,
    /// What has changed, as in `input.text is new and required`.
    what: String,
    breaks: bool,
}

impl Change {
    pub(crate) const fn breaks(&self) -> bool {
        self.breaks
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.callable, self.what)?;
        formatter.write_str(if self.breaks { " (breaks clients that are out)" } else { "" })
    }
}

/// All changes, by callable.
pub(crate) fn compare(before: &Contracts, now: &Contracts) -> Vec<Change> {
    let mut changes = Vec::new();
    let find = |contracts: &'_ Contracts, name: &str| {
        contracts.callables.iter().find(|one| one.name == name).cloned()
    };
    for old in &before.callables {
        let mut say = |what: String, breaks| {
            changes.push(Change { callable: old.name.clone(), what, breaks });
        };
        match find(now, &old.name) {
            Some(new) => compare_one(old, &new, &mut say),
            None => say("it is gone".to_owned(), true),
        }
    }
    for new in &now.callables {
        if find(before, &new.name).is_none() {
            changes.push(Change {
                callable: new.name.clone(),
                what: "it is new".to_owned(),
                breaks: false,
            });
        }
    }
    changes
}

fn compare_one(old: &Contract, new: &Contract, say: &mut impl FnMut(String, bool)) {
    match (old.stream, new.stream) {
        (true, false) => say("it does not stream any more".to_owned(), true),
        (false, true) => say("it streams".to_owned(), false),
        _ => {}
    }
    if old.callers != new.callers {
        let breaks = new.callers != "anyone";
        say(format!("its callers were {}, and are {}", old.callers, new.callers), breaks);
    }
    match (old.app_check, new.app_check) {
        (false, true) => say("it needs an App Check token".to_owned(), true),
        (true, false) => say("it needs no App Check token any more".to_owned(), false),
        _ => {}
    }
    for role in Role::ALL {
        let path = role.name().to_ascii_lowercase();
        match (role.schema_of(old), role.schema_of(new)) {
            (Some(old), Some(new)) => schemas::compare(role == Role::Input, old, new, &path, say),
            (Some(_), None) if role != Role::Chunk || new.stream => {
                say(format!("{path} has no type any more"), false)
            }
            (None, Some(_)) if role != Role::Chunk || old.stream => {
                say(format!("{path} has a type now"), false)
            }
            _ => {}
        }
    }
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{compare, compare_one};
    use crate::contract::{Contract, Contracts};

    fn contract() -> Contract {
        Contract {
            name: "hello".to_owned(),
            description: None,
            stream: false,
            callers: "anyone".to_owned(),
            app_check: false,
            input: None,
            output: None,
            chunk: None,
            details: None,
        }
    }

    /// The changes from one schema to another, as an input and as an output: `!` stands before those that break.
    fn changes(old: &Value, new: &Value) -> [Vec<String>; 2] {
        [true, false].map(|input| {
            let with = |schema: &Value| {
                let schema = Some(schema.clone());
                if input {
                    Contract { input: schema, ..contract() }
                } else {
                    Contract { output: schema, ..contract() }
                }
            };
            let mut found = Vec::new();
            compare_one(&with(old), &with(new), &mut |what: String, breaks| {
                let what = what
                    .strip_prefix(if input { "input" } else { "output" })
                    .unwrap_or(&what)
                    .trim();
                found.push(format!("{}{what}", if breaks { "!" } else { "" }));
            });
            found
        })
    }

    fn object(members: Value, required: &[&str]) -> Value {
        json!({ "type": "object", "properties": members, "required": required })
    }

    #[test]
    fn an_input_may_become_wider_and_an_output_narrower() {
        let text = json!({ "type": "string" });
        let number = json!({ "type": "number" });
        let integer = json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 10 });
        let maybe = json!({ "type": ["string", "null"] });
        let colors = |texts: &[&str]| json!({ "type": "string", "enum": texts });
        let one = object(json!({ "a": text }), &["a"]);
        let closed =
            json!({ "type": "object", "properties": { "a": text }, "additionalProperties": false });
        let reference = |schema: &Value| json!({ "$ref": "#/$defs/A", "$defs": { "A": schema } });
        let tagged = |tags: &[&str]| {
            let one = |tag| object(json!({ "kind": { "const": tag }, "a": text }), &["kind"]);
            json!({ "oneOf": tags.iter().map(one).collect::<Vec<_>>() })
        };
        let keyed = |keys: &[&str]| {
            let one = |key: &&str| object(json!({ (*key): text }), &[key]);
            json!({ "oneOf": keys.iter().map(one).collect::<Vec<_>>() })
        };
        let list = |item: &Value| json!({ "type": "array", "items": item });
        let tuple = |items: &[&Value]| json!({ "type": "array", "prefixItems": items });
        let map = |item: &Value| json!({ "type": "object", "additionalProperties": item });
        let limits = |most: u32| json!({ "type": "integer", "minimum": 0, "maximum": most });
        let recursive = |member: &str| {
            let node = object(json!({ "next": { "$ref": "#/$defs/N" }, member: text }), &[]);
            json!({ "$ref": "#/$defs/N", "$defs": { "N": node } })
        };
        let same: &[&str] = &[];
        for (old, new, input, output) in [
            (&one, &one, same, same),
            (
                &one,
                &object(json!({ "a": text, "b": text }), &["a"]),
                &[".b is new"][..],
                &[".b is new"][..],
            ),
            (
                &one,
                &object(json!({ "a": text, "b": text }), &["a", "b"]),
                &["!.b is new and required"],
                &[".b is new"],
            ),
            (&one, &object(json!({}), &[]), &[".a is gone"], &["!.a is gone"]),
            (
                &closed,
                &json!({ "type": "object", "properties": {}, "additionalProperties": false }),
                &["!.a is gone"],
                &["!.a is gone"],
            ),
            (
                &one,
                &object(json!({ "a": text }), &[]),
                &[".a may be absent"],
                &["!.a may be absent"],
            ),
            (&object(json!({ "a": text }), &[]), &one, &["!.a is required"], &[".a is required"]),
            (
                &one,
                &object(json!({ "a": maybe }), &["a"]),
                &[".a may be null"],
                &["!.a may be null"],
            ),
            (&maybe, &text, &["!may not be null any more"], &["may not be null any more"]),
            (
                &text,
                &json!({ "anyOf": [text, { "type": "null" }] }),
                &["may be null"],
                &["!may be null"],
            ),
            (&integer, &number, &["was integer, and is number"], &["!was integer, and is number"]),
            (&number, &text, &["!was number, and is string"], &["!was number, and is string"]),
            (
                &text,
                &json!(true),
                &["was string, and is anything"],
                &["!was string, and is anything"],
            ),
            (
                &colors(&["RED"]),
                &colors(&["RED", "BLUE"]),
                &["can be \"BLUE\""],
                &["!can be \"BLUE\""],
            ),
            (
                &colors(&["RED", "BLUE"]),
                &json!({ "oneOf": [{ "const": "RED" }] }),
                &["!cannot be \"BLUE\" any more"],
                &["cannot be \"BLUE\" any more"],
            ),
            (&colors(&["RED"]), &text, &["!has another form"], &["!has another form"]),
            (
                &tagged(&["x"]),
                &tagged(&["x", "y"]),
                &["can be kind \"y\""],
                &["!can be kind \"y\""],
            ),
            (
                &keyed(&["x", "y"]),
                &keyed(&["y"]),
                &["!cannot be x any more"],
                &["cannot be x any more"],
            ),
            (
                &list(&text),
                &list(&number),
                &["![] was string, and is number"],
                &["![] was string, and is number"],
            ),
            (
                &map(&integer),
                &map(&number),
                &["{} was integer, and is number"],
                &["!{} was integer, and is number"],
            ),
            (
                &tuple(&[&text]),
                &tuple(&[&text, &text]),
                &["!had 1 items, and has 2"],
                &["!had 1 items, and has 2"],
            ),
            (
                &tuple(&[&text]),
                &tuple(&[&number]),
                &["![0] was string, and is number"],
                &["![0] was string, and is number"],
            ),
            (
                &limits(9),
                &limits(10),
                &["had the maximum 9, and has 10"],
                &["!had the maximum 9, and has 10"],
            ),
            (
                &limits(10),
                &limits(9),
                &["!had the maximum 10, and has 9"],
                &["had the maximum 10, and has 9"],
            ),
            (&reference(&one), &one, same, same),
            (
                &reference(&text),
                &reference(&number),
                &["!was string, and is number"],
                &["!was string, and is number"],
            ),
            (
                &recursive("a"),
                &recursive("b"),
                &[".a is gone", ".b is new"],
                &["!.a is gone", ".b is new"],
            ),
        ] {
            let [found_input, found_output] = changes(old, new);
            assert_eq!(found_input, input, "input: {old} → {new}");
            assert_eq!(found_output, output, "output: {old} → {new}");
        }
    }

    #[test]
    fn changes_of_the_callable_itself_are_named() {
        let base = contract();
        let stream = Contract { stream: true, ..contract() };
        let signed_in = Contract { callers: "signedIn".to_owned(), ..contract() };
        let app_check = Contract { app_check: true, ..contract() };
        let typed = Contract { output: Some(json!({ "type": "string" })), ..contract() };
        let other = Contract { name: "other".to_owned(), ..contract() };
        let gone = "hello: it is gone (breaks clients that are out)";
        for (old, new, expected) in [
            (&base, &stream, &["hello: it streams"][..]),
            (&stream, &base, &["hello: it does not stream any more (breaks clients that are out)"]),
            (
                &base,
                &signed_in,
                &["hello: its callers were anyone, and are signedIn (breaks clients that are out)"],
            ),
            (&signed_in, &base, &["hello: its callers were signedIn, and are anyone"]),
            (
                &base,
                &app_check,
                &["hello: it needs an App Check token (breaks clients that are out)"],
            ),
            (&app_check, &base, &["hello: it needs no App Check token any more"]),
            (&base, &typed, &["hello: output has a type now"]),
            (&typed, &base, &["hello: output has no type any more"]),
            (&base, &other, &[gone, "other: it is new"]),
        ] {
            let of = |contract: &Contract| Contracts::new(vec![contract.clone()]);
            let found: Vec<_> =
                compare(&of(old), &of(new)).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected);
        }
    }
}
