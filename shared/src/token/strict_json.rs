//! Reads a JSON object and refuses repeated names, at any depth. Parsers disagree on which of two members counts, so a
//! repeated name in a token could hide a claim from one of them.

use std::{cell::Cell, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::work;

/// Reject more values: tokens and keys have far fewer. Every value takes about 80 bytes of memory, but may take
/// only two bytes of text.
const MAX_VALUES: usize = 2048;

/// Reads one JSON object. Only white space may follow it. serde_json limits nesting to 128 levels.
pub(super) fn object(json: &[u8]) -> Option<Map<String, Value>> {
    work::spend(json.len());
    let values = Cell::new(0);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let Ok(Value::Object(members)) = reader.deserialize_map(Strict(&values)) else { return None };
    reader.end().ok()?;
    Some(members)
}

/// Reads any value. Counts the values of the whole document.
struct Strict<'c>(&'c Cell<usize>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let values = self.0.get() + 1;
        self.0.set(values);
        if values > MAX_VALUES {
            return Err(D::Error::custom("too many values"));
        }
        work::spend(1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict(self.0))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict(self.0))?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a repeated name"));
            }
        }
        Ok(Value::Object(members))
    }
}
