//! A decoded value to the handler's type, through an error that never holds a value.
//! serde_json's own error repeats what it found; clients and logs must not get it back.

use std::fmt;

use serde::{
    de::{
        self, DeserializeOwned, EnumAccess, Expected, IntoDeserializer, Unexpected, VariantAccess,
        Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;
use serde_path_to_error::Segment;

use super::{
    DataError,
    path::{Path, Step},
};

pub(super) fn fit<T: DeserializeOwned>(value: Value) -> Result<T, DataError> {
    serde_path_to_error::deserialize(Data(value)).map_err(|error| {
        let mut path = Path::default();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => path.push_inner(Step::Index(*index)),
                Segment::Map { key } => path.push_inner(Step::Member(key.clone())),
                Segment::Enum { variant } => path.push_inner(Step::Member(variant.clone())),
                Segment::Unknown => {}
            }
        }
        let Misfit { missing, problem } = error.into_inner();
        if let Some(member) = missing {
            path.push_inner(Step::Member(member.to_owned()));
        }
        DataError::new(path, problem)
    })
}

/// What does not fit, in words about types and the author's own names.
#[derive(Debug)]
struct Misfit {
    missing: Option<&'static str>,
    problem: String,
}

impl Misfit {
    fn new(problem: String) -> Self {
        Self { missing: None, problem }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    /// Whatever a type says of itself may quote the value, so it is not passed on.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("not in the expected form".to_owned())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {}", plain(expected), kind(found)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}", plain(expected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {length} items", plain(expected)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("has an unknown member; known are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), problem: "missing".to_owned() }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("has the member {field} twice"))
    }
}

/// What was expected, in words that a front-end developer reads: no Rust type names.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "a map" => "an object".to_owned(),
        "a sequence" => "a list".to_owned(),
        "unit" => "null".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => format!("a whole number ({text})"),
        "u8" | "u16" | "u32" | "u64" | "usize" => {
            format!("a whole number that is not negative ({text})")
        }
        _ if text.starts_with("struct ") => "an object".to_owned(),
        _ if text.starts_with("tuple ") || text.starts_with("a tuple ") => "a list".to_owned(),
        _ if text.starts_with("enum ") => "one of the known names".to_owned(),
        _ => text,
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

struct Data(Value);

impl IntoDeserializer<'_, Misfit> for Data {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Data {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::String(text) => visitor.visit_string(text),
            Value::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or_default())
                }
            }
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Data));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Data(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// An enum is its name, or an object with the name as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant { name, content: None }),
            Value::Object(members) if members.len() == 1 => {
                let Some((name, content)) = members.into_iter().next() else {
                    return Err(Misfit::new("expected one member".to_owned()));
                };
                visitor.visit_enum(Variant { name, content: Some(Data(content)) })
            }
            _ => Err(Misfit::new("expected a name, or an object with one member".to_owned())),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Variant {
    name: String,
    content: Option<Data>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Misfit;
    type Variant = Content;

    fn variant_seed<V: de::DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content), Misfit> {
        let name = seed.deserialize(Data(Value::String(self.name)))?;
        Ok((name, Content(self.content)))
    }
}

struct Content(Option<Data>);

impl Content {
    fn present(self) -> Result<Data, Misfit> {
        self.0.ok_or_else(|| {
            Misfit::new("expected an object with this name as its member".to_owned())
        })
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.0 {
            None | Some(Data(Value::Null)) => Ok(()),
            Some(_) => Err(Misfit::new("expected a name only".to_owned())),
        }
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Misfit> {
        seed.deserialize(self.present()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        de::Deserializer::deserialize_any(self.present()?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        de::Deserializer::deserialize_any(self.present()?, visitor)
    }
}
