//! Raw JSON to a value with a bounded depth, and with the path of whatever cannot be read.
//! The text is known to be JSON, so that only meaning can fail here: depth and number range.

use std::{borrow::Cow, cell::RefCell, fmt};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{
    DataError,
    path::{Path, Step},
};

/// How deep `data` may nest. The reference overflows its stack somewhere past 200; here the limit
/// keeps every later recursion (decoding, dropping) within a small stack.
pub const MAX_DEPTH: usize = 256;

pub(super) fn parse(raw: &str) -> Result<Value, DataError> {
    let attempt = |text: &str| {
        let failure = RefCell::new(Failure::default());
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.disable_recursion_limit(); // the seed counts for itself
        Seed { depth: 0, failure: &failure }
            .deserialize(&mut deserializer)
            .map_err(|_| failure.into_inner())
    };
    attempt(raw)
        .or_else(|failure| match mend_lone_surrogates(raw) {
            Cow::Owned(mended) => attempt(&mended),
            Cow::Borrowed(_) => Err(failure),
        })
        .map_err(|Failure { path, too_deep }| {
            if too_deep {
                DataError::new("data", format!("nested deeper than {MAX_DEPTH} levels"))
            } else {
                DataError::new(path, "not a number that fits a double")
            }
        })
}

#[derive(Default)]
struct Failure {
    path: Path,
    too_deep: bool,
}

#[derive(Clone, Copy)]
struct Seed<'f> {
    depth: usize,
    failure: &'f RefCell<Failure>,
}

impl Seed<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            self.failure.borrow_mut().too_deep = true;
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn at(self, step: impl FnOnce() -> Step) {
        self.failure.borrow_mut().path.push_outer(step());
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(inside) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Value::Array(items)),
                Err(error) => {
                    self.at(|| Step::Index(items.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__proto__" {
                map.next_value::<IgnoredAny>()?; // P10: vanishes
                continue;
            }
            match map.next_value_seed(inside) {
                Ok(value) => members.insert(name, value), // of several, the last one counts
                Err(error) => {
                    self.at(|| Step::Member(name));
                    return Err(error);
                }
            };
        }
        Ok(Value::Object(members))
    }
}

/// Replaces the escapes of lone surrogates by U+FFFD. JavaScript clients send them for strings cut
/// in the middle of a pair; Rust strings cannot hold them.
fn mend_lone_surrogates(raw: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0; // raw[..copied] is in `mended`
    let mut at = 0;
    while let Some(found) = raw.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        at = match surrogate(raw, escape) {
            None => escape + 2, // any other escape, a two-character one at least
            Some(Surrogate::High) if matches!(surrogate(raw, escape + 6), Some(Surrogate::Low)) => {
                escape + 12
            }
            Some(_) => {
                mended.push_str(raw.get(copied..escape).unwrap_or_default());
                mended.push_str("\\ufffd");
                copied = escape + 6;
                copied
            }
        };
    }
    if copied == 0 {
        return Cow::Borrowed(raw);
    }
    mended.push_str(raw.get(copied..).unwrap_or_default());
    Cow::Owned(mended)
}

enum Surrogate {
    High,
    Low,
}

/// The surrogate whose escape `\uXXXX` stands at `at`.
fn surrogate(raw: &str, at: usize) -> Option<Surrogate> {
    let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Surrogate::High),
        0xDC00..=0xDFFF => Some(Surrogate::Low),
        _ => None,
    }
}
