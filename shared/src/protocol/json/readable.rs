//! Finds values that the clients' decoders refuse. On such a value the Web SDK rejects a call with an error that has no
//! code, silently drops a chunk, and never settles the result of a stream. Sources: `decode` in
//! firebase/firebase-js-sdk `packages/functions/src/serializer.ts`, firebase/firebase-android-sdk `Serializer.kt`,
//! firebase/firebase-ios-sdk `FunctionsSerializer.swift`.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Apple's `JSONSerialization` reads 512 levels, with the envelope and the error object among them.
pub(super) const MAX_DEPTH: usize = 500;

pub(super) const TOO_DEEP: &str = "nested deeper than 500 levels, which Apple's parser refuses";
const UNKNOWN_TYPE: &str = "the Web SDK decodes no object with such an @type";
const NOT_A_NUMBER: &str = "not every SDK decodes such a 64-bit wrapper: write the number itself";
const SHADOWS: &str = "the Web SDK decodes no object with a member of this name";

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";
const UINT64: &str = "type.googleapis.com/google.protobuf.UInt64Value";
const TYPE: &str = "@type";
const VALUE: &str = "value";
/// The Web SDK calls this method of every object that it decodes.
const HAS_OWN_PROPERTY: &str = "hasOwnProperty";

/// Whether an object with such a member needs [`check`].
pub(super) fn is_suspicious(name: &str) -> bool {
    name == TYPE || name == HAS_OWN_PROPERTY
}

/// P18, DIFFERENCE: fails if a client could not decode this document, with the path to the first such place.
pub(super) fn check(json: &[u8]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    deserializer.disable_recursion_limit(); // `Walk` has its own
    match (Walk { depth: 0 }).deserialize(&mut deserializer)?.refused {
        Some(refused) => Err(serde_json::Error::custom(refused)),
        None => Ok(()),
    }
}

/// A place in a document, and why a client cannot decode it.
struct Refused {
    path: String,
    why: &'static str,
}

impl Refused {
    fn at(name: &str, why: &'static str) -> Self {
        let mut refused = Self { path: String::new(), why };
        refused.within(name);
        refused
    }

    /// Adds a step to the front of the path. A name that is not an identifier is shown as `*`: it may be a user's data.
    fn within(&mut self, name: &str) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_$@-".contains(&byte);
        let is_shown = !name.is_empty() && name.len() <= 64 && name.bytes().all(is_plain);
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, separator);
        self.path.insert_str(0, if is_shown { name } else { "*" });
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

/// What the check found about one value.
#[derive(Default)]
struct Seen {
    /// The first place inside it that a client cannot decode.
    refused: Option<Refused>,
    /// What it means as the value of `@type`.
    kind: Kind,
    /// What it means as the `value` of a 64-bit wrapper.
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

impl Seen {
    fn falsy() -> Self {
        Self { kind: Kind::Plain, ..Self::default() }
    }

    /// The result for an object with these members. `within` is ignored for a wrapper: clients decode nothing inside
    /// it.
    fn of_object(kind: Kind, value: Option<i64>, within: Option<Refused>) -> Self {
        let refused = match (kind, value) {
            (Kind::Plain, _) => within,
            (Kind::Int64, Some(_)) | (Kind::UInt64, Some(0..)) => None,
            (Kind::Int64 | Kind::UInt64, _) => Some(Refused::at(VALUE, NOT_A_NUMBER)),
            (Kind::Unknown, _) => Some(Refused::at(TYPE, UNKNOWN_TYPE)),
        };
        Self { refused, ..Self::default() }
    }
}

/// Reads any value and keeps nothing of it but what was found.
struct Walk {
    depth: usize,
}

impl Walk {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        // `>`, because the envelope is one level more.
        if self.depth > MAX_DEPTH { Err(E::custom(TOO_DEEP)) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::falsy())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Seen, E> {
        Ok(if value { Seen::default() } else { Seen::falsy() })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Seen, E> {
        Ok(Seen { integer: Some(value), ..Seen::default() })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Seen, E> {
        let kind = if value == 0 { Kind::Plain } else { Kind::Unknown };
        Ok(Seen { integer: value.try_into().ok(), kind, refused: None })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Seen, E> {
        Ok(if value == 0.0 { Seen::falsy() } else { Seen::default() })
    }

    /// Apple's SDK takes an unsigned number only in the form that it would write itself; we require that form of
    /// both kinds.
    fn visit_str<E>(self, text: &str) -> Result<Seen, E> {
        let kind = match text {
            "" => Kind::Plain,
            INT64 => Kind::Int64,
            UINT64 => Kind::UInt64,
            _ => Kind::Unknown,
        };
        let integer = text.parse().ok().filter(|number: &i64| number.to_string() == text);
        Ok(Seen { integer, kind, refused: None })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        let depth = self.deeper()?;
        let (mut first, mut index) = (None, 0_usize);
        while let Some(Seen { refused, .. }) = items.next_element_seed(Walk { depth })? {
            if let (None, Some(mut refused)) = (&first, refused) {
                let separator = if refused.path.starts_with('[') { "" } else { "." };
                refused.path.insert_str(0, &format!("[{index}]{separator}"));
                first = Some(refused);
            }
            index += 1;
        }
        Ok(Seen { refused: first, ..Seen::default() })
    }

    /// Of several members of one name the last counts, as in JavaScript.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Seen, A::Error> {
        let depth = self.deeper()?;
        let (mut kind, mut value, mut first) = (Kind::Plain, None, None);
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            let seen = members.next_value_seed(Walk { depth })?;
            match &*name {
                TYPE => kind = seen.kind,
                VALUE => value = seen.integer,
                _ => {}
            }
            let refused = match (seen.refused, &*name) {
                (Some(mut refused), name) => {
                    refused.within(name);
                    Some(refused)
                }
                (None, HAS_OWN_PROPERTY) => Some(Refused::at(HAS_OWN_PROPERTY, SHADOWS)),
                (None, _) => None,
            };
            first = first.or(refused);
        }
        Ok(Seen::of_object(kind, value, first))
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
    fn an_at_type_that_javascript_takes_for_false_is_a_member_like_any_other() {
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
    fn a_wrapper_passes_if_every_sdk_reads_its_number() {
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
