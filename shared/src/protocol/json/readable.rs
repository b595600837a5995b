//! Finds values that the clients' decoders refuse. On such a value the Web SDK rejects a call with an error that has
//! no code, silently drops a chunk, and never settles the result of a stream. Sources: `decode` in
//! firebase/firebase-js-sdk `packages/functions/src/serializer.ts`, firebase/firebase-android-sdk `Serializer.kt`,
//! firebase/firebase-ios-sdk `FunctionsSerializer.swift`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Apple's `JSONSerialization` reads 512 levels, including those of the envelope and of the error object.
pub(super) const MAX_DEPTH: usize = 500;

pub(super) const TOO_DEEP: &str = "nested deeper than 500 levels, which Apple's parser refuses";
const UNKNOWN_TYPE: &str = "the Web SDK does not decode an object with this @type";
const NOT_A_NUMBER: &str = "not every SDK decodes this 64-bit wrapper: write the number itself";
const SHADOWS: &str = "the Web SDK does not decode an object with a member of this name";

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";
const UINT64: &str = "type.googleapis.com/google.protobuf.UInt64Value";
const TYPE: &str = "@type";
const VALUE: &str = "value";
/// The Web SDK calls this method of every object that it decodes.
const HAS_OWN_PROPERTY: &str = "hasOwnProperty";

/// Whether an answer that contains this text needs [`check`]: it may be the name of a member that clients interpret.
pub(super) fn is_suspicious(text: &str) -> bool {
    text == TYPE || text == HAS_OWN_PROPERTY
}

/// P18, DIFFERENCE: fails if a client could not decode this document. The error has the path to the first value that
/// it could not decode.
pub(super) fn check(json: &[u8]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    deserializer.disable_recursion_limit(); // `Walk` has its own limit
    let found = Walk { depth: 0 }.deserialize(&mut deserializer)?;
    found.problem.map_or(Ok(()), |problem| Err(serde_json::Error::custom(problem)))
}

/// The result of checking one value.
#[derive(Default)]
struct Found {
    /// The first place in it that a client cannot decode, and why: `a[0].@type: …`.
    problem: Option<String>,
    /// The kind of object that it declares if it is the value of `@type`.
    kind: Kind,
    /// Its integer, from a number or a string, if it may be the `value` of a 64-bit wrapper.
    integer: Option<i64>,
}

/// The kind of object that a value of `@type` declares.
#[derive(Clone, Copy, Default)]
enum Kind {
    /// An ordinary object: the value is falsy in JavaScript.
    Plain,
    Int64,
    UInt64,
    #[default]
    Unknown,
}

impl Found {
    fn plain_if<E>(is_falsy: bool, integer: Option<i64>) -> Result<Self, E> {
        let kind = if is_falsy { Kind::Plain } else { Kind::Unknown };
        Ok(Self { problem: None, kind, integer })
    }
}

/// Adds a step to the front of the path of a problem.
fn within(step: &str, problem: &str) -> String {
    let separator = if problem.starts_with('[') { "" } else { "." };
    format!("{step}{separator}{problem}")
}

/// A member's name for a path. A name that is not an identifier becomes `*`, because it may be a user's data.
fn shown(name: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_$@-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) { name } else { "*" }
}

/// Reads a value of any type without storing it.
#[derive(Clone, Copy)]
struct Walk {
    depth: usize,
}

impl Walk {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        // `>`, because the envelope is one level more.
        if self.depth > MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Found::plain_if(true, None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Found, E> {
        Found::plain_if(!value, None)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Found, E> {
        Found::plain_if(value == 0, Some(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Found, E> {
        Found::plain_if(value == 0, value.try_into().ok())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Found, E> {
        Found::plain_if(value == 0.0, None)
    }

    /// Apple's SDK accepts the text of an unsigned integer only in the form in which the SDK would write it. We require
    /// that form of both kinds.
    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        let kind = match text {
            "" => Kind::Plain,
            INT64 => Kind::Int64,
            UINT64 => Kind::UInt64,
            _ => Kind::Unknown,
        };
        let integer = text.parse().ok().filter(|number: &i64| number.to_string() == text);
        Ok(Found { problem: None, kind, integer })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let inside = self.deeper()?;
        let (mut first, mut index) = (None, 0_usize);
        while let Some(Found { problem, .. }) = items.next_element_seed(inside)? {
            first = first.or_else(|| Some(within(&format!("[{index}]"), &problem?)));
            index += 1;
        }
        Ok(Found { problem: first, ..Found::default() })
    }

    /// Of several members with the same name the last one counts, as in JavaScript.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Found, A::Error> {
        let inside = self.deeper()?;
        let (mut kind, mut value, mut first) = (Kind::Plain, None, None);
        while let Some(name) = members.next_key::<String>()? {
            let found = members.next_value_seed(inside)?;
            match &*name {
                TYPE => kind = found.kind,
                VALUE => value = found.integer,
                _ => {}
            }
            first = first.or_else(|| match found.problem {
                Some(problem) => Some(within(shown(&name), &problem)),
                None => (name == HAS_OWN_PROPERTY).then(|| format!("{name}: {SHADOWS}")),
            });
        }
        let problem = match (kind, value) {
            (Kind::Plain, _) => first,
            // Clients do not decode the other members of a wrapper, so a problem in them does not matter.
            (Kind::Int64, Some(_)) | (Kind::UInt64, Some(0..)) => None,
            (Kind::Int64 | Kind::UInt64, _) => Some(format!("{VALUE}: {NOT_A_NUMBER}")),
            (Kind::Unknown, _) => Some(format!("{TYPE}: {UNKNOWN_TYPE}")),
        };
        Ok(Found { problem, ..Found::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(json: &str) -> Option<String> {
        check(json.as_bytes()).err().map(|error| error.to_string())
    }

    #[test]
    fn names_the_first_place_that_a_client_cannot_decode() {
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, expected) in [
            (r#"{"result":{"@type":"x"}}"#, "result.@type: the Web SDK"),
            (r#"{"message":[1,{"a":[{"@type":1}]}]}"#, "message[1].a[0].@type: the Web SDK"),
            (r#"{"result":[[{"@type":"x"}]]}"#, "result[0][0].@type: "),
            (r#"{"error":{"details":{"\u0040type":{}}}}"#, "error.details.@type: "),
            (r#"{"result":{"a b":{"@type":[]},"c":{"@type":"x"}}}"#, "result.*.@type: "),
            (r#"{"result":{"hasOwnProperty":null}}"#, "result.hasOwnProperty: the Web SDK"),
            (r#"{"result":{"@type":"","a":{"@type":true}}}"#, "result.a.@type: "),
            (&deep(502), TOO_DEEP),
        ] {
            let problem = problem(json).unwrap_or_else(|| panic!("{json} passes"));
            assert!(problem.starts_with(expected), "{json}: {problem}");
        }
        assert_eq!(problem(&deep(501)), None);
    }

    #[test]
    fn a_falsy_at_type_is_an_ordinary_member() {
        for kind in ["\"\"", "null", "0", "-0", "0.0", "false"] {
            let json = format!(r#"{{"result":{{"@type":{kind},"value":"x"}}}}"#);
            assert_eq!(problem(&json), None, "{json}");
        }
        let last_counts = r#"{"result":{"@type":"x","@type":""}}"#;
        assert_eq!(problem(last_counts), None);
        for kind in ["\"x\"", "1", "0.5", "-1", "true", "[]", "{}", "\" \""] {
            let json = format!(r#"{{"result":{{"@type":{kind}}}}}"#);
            assert!(problem(&json).is_some(), "{json}");
        }
    }

    #[test]
    fn a_64_bit_wrapper_passes_only_if_every_sdk_decodes_its_number() {
        let wrapper = |kind: &str, value: &str| {
            format!(
                r#"{{"result":{{"more":{{"@type":"x"}},"@type":"{kind}","value":{value},"m":1}}}}"#
            )
        };
        for value in ["\"0\"", "\"3\"", "3", "\"9223372036854775807\"", "9223372036854775807"] {
            for kind in [INT64, UINT64] {
                assert_eq!(problem(&wrapper(kind, value)), None, "{kind} {value}");
            }
        }
        for value in ["\"-9223372036854775808\"", "-1"] {
            assert_eq!(problem(&wrapper(INT64, value)), None, "{value}");
            assert!(problem(&wrapper(UINT64, value)).is_some(), "{value}");
        }
        for value in [
            "\"\"",
            "\"abc\"",
            "\"12abc\"",
            "\"1.5\"",
            "1.5",
            "\"1e3\"",
            "\"0x10\"",
            "\" 7 \"",
            "\"+5\"",
            "\"007\"",
            "\"9223372036854775808\"",
            "9223372036854775808",
            "null",
            "true",
            "[5]",
            "{}",
        ] {
            for kind in [INT64, UINT64] {
                let problem = problem(&wrapper(kind, value)).unwrap_or_default();
                assert!(problem.starts_with("result.value: not every SDK"), "{value}: {problem}");
            }
        }
        let without = format!(r#"{{"result":{{"@type":"{INT64}"}}}}"#);
        assert!(problem(&without).is_some());
    }
}
