//! A Firestore value as any deserializable type. Errors name fields of the type and kinds of values, but no value.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess,
        SeqAccess, Unexpected, VariantAccess, Visitor, value::StringDeserializer,
    },
    forward_to_deserialize_any,
};

use super::{
    FirestoreError,
    special::{BYTES, GEO_POINT, REFERENCE, TIMESTAMP},
    value::{Fields, Value},
};

/// The fields of a document as `T`.
pub(super) fn read<T: DeserializeOwned>(fields: Fields) -> Result<T, FirestoreError> {
    T::deserialize(Value::Map(fields)).map_err(|error| {
        let path: Vec<&str> = error.path.iter().rev().map(String::as_str).collect();
        match path.is_empty() {
            true => FirestoreError::Unfit(error.problem),
            false => FirestoreError::Unfit(format!("{}: {}", path.join("."), error.problem)),
        }
    })
}

/// Why a value does not fit a type, and the fields around it, innermost first.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(super) struct ReadError {
    problem: String,
    path: Vec<String>,
}

impl ReadError {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), path: Vec::new() }
    }

    fn at(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }
}

/// serde's own messages quote the value that was found; these do not.
impl de::Error for ReadError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("its type refuses the value")
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
            Unexpected::Float(_) => "a double",
            Unexpected::Char(_) | Unexpected::Str(_) => "a string",
            Unexpected::Bytes(_) => "bytes",
            Unexpected::Unit | Unexpected::Option => "null",
            Unexpected::Seq => "an array",
            Unexpected::Map => "a map",
            _ => "another kind of value",
        };
        Self::new(format!("it is {found}, expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("it is out of range, expected {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("it has {length} elements, expected {expected}"))
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("it is none of the known variants")
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("it has a field that the type does not have")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("the field is missing").at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("the field is repeated").at(field)
    }
}

type Result<T, E = ReadError> = std::result::Result<T, E>;

fn expected(name: &str, found: &Value) -> ReadError {
    ReadError::new(format!("it is {}, expected {name}", found.kind()))
}

fn point<'de, V: Visitor<'de>>(latitude: f64, longitude: f64, visitor: V) -> Result<V::Value> {
    let fields = [("latitude", latitude), ("longitude", longitude)];
    visitor.visit_map(de::value::MapDeserializer::new(fields.into_iter()))
}

impl<'de> Deserializer<'de> for Value {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Boolean(value) => visitor.visit_bool(value),
            Self::Integer(value) => visitor.visit_i64(value),
            Self::Double(value) => visitor.visit_f64(value),
            Self::Timestamp(text) | Self::Text(text) | Self::Reference(text) => {
                visitor.visit_string(text)
            }
            Self::Bytes(bytes) => visitor.visit_string(STANDARD.encode(bytes)),
            Self::GeoPoint { latitude, longitude } => point(latitude, longitude, visitor),
            Self::Array(values) => {
                let values = values.into_iter();
                visitor.visit_seq(ArrayReader { values, next: 0 })
            }
            Self::Map(fields) => visitor.visit_map(MapReader::new(fields, &[])),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Self::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match (name, self) {
            (TIMESTAMP, Self::Timestamp(text)) | (REFERENCE, Self::Reference(text)) => {
                visitor.visit_string(text)
            }
            (BYTES, Self::Bytes(bytes)) => visitor.visit_string(STANDARD.encode(bytes)),
            (TIMESTAMP, other) => Err(expected("a timestamp", &other)),
            (REFERENCE, other) => Err(expected("a reference", &other)),
            (BYTES, other) => Err(expected("bytes", &other)),
            (_, value) => visitor.visit_newtype_struct(value),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match (name, self) {
            (GEO_POINT, Self::GeoPoint { latitude, longitude }) => {
                point(latitude, longitude, visitor)
            }
            (GEO_POINT, other) => Err(expected("a geographical point", &other)),
            (_, Self::Map(members)) => visitor.visit_map(MapReader::new(members, fields)),
            (_, other) => other.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let (name, content) = match self {
            Self::Text(name) => (name, None),
            Self::Map(mut fields) if fields.len() == 1 => match fields.pop() {
                Some((name, value)) => (name, Some(value)),
                None => return Err(ReadError::new("it is not a variant")),
            },
            other => return Err(expected("a variant's name, or a map with only that", &other)),
        };
        let step = variants.iter().find(|variant| **variant == name).copied();
        let outcome = visitor.visit_enum(VariantReader { name, content });
        outcome.map_err(|error| match step {
            Some(step) => error.at(step),
            None => error,
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

struct ArrayReader {
    values: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for ArrayReader {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let at = self.next;
        self.next += 1;
        seed.deserialize(value).map(Some).map_err(|error| error.at(at.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len())
    }
}

/// `known` are the names of a struct's fields. Any other name may be data, so that errors do not tell it.
struct MapReader {
    fields: std::vec::IntoIter<(String, Value)>,
    value: Option<(String, Value)>,
    known: &'static [&'static str],
}

impl MapReader {
    fn new(fields: Fields, known: &'static [&'static str]) -> Self {
        Self { fields: fields.into_iter(), value: None, known }
    }
}

impl<'de> MapAccess<'de> for MapReader {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        let step = self.known.iter().find(|known| **known == name).map_or("*", |known| *known);
        self.value = Some((step.to_owned(), value));
        seed.deserialize(Key(name)).map(Some).map_err(|error| error.at("*"))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (step, value) =
            self.value.take().ok_or_else(|| ReadError::new("a value without a name"))?;
        seed.deserialize(value).map_err(|error| error.at(step))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
    }
}

/// The name of a map's member. If the type wants an integer or a boolean, the name is parsed.
struct Key(String);

macro_rules! parsed {
    ($($method:ident => $visit:ident: $type:ty,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.0.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(ReadError::new(concat!("the name is not of the type ", stringify!($type)))),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Key {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.0)
    }

    parsed! {
        deserialize_bool => visit_bool: bool,
        deserialize_i8 => visit_i8: i8,
        deserialize_i16 => visit_i16: i16,
        deserialize_i32 => visit_i32: i32,
        deserialize_i64 => visit_i64: i64,
        deserialize_i128 => visit_i128: i128,
        deserialize_u8 => visit_u8: u8,
        deserialize_u16 => visit_u16: u16,
        deserialize_u32 => visit_u32: u32,
        deserialize_u64 => visit_u64: u64,
        deserialize_u128 => visit_u128: u128,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(VariantReader { name: self.0, content: None })
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

struct VariantReader {
    name: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for VariantReader {
    type Error = ReadError;
    type Variant = ContentReader;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, ContentReader)> {
        let name: StringDeserializer<ReadError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, ContentReader(self.content)))
    }
}

struct ContentReader(Option<Value>);

impl ContentReader {
    fn content(self) -> Result<Value> {
        self.0.ok_or_else(|| ReadError::new("the variant has no content"))
    }
}

impl<'de> VariantAccess<'de> for ContentReader {
    type Error = ReadError;

    fn unit_variant(self) -> Result<()> {
        match self.0 {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(ReadError::new("the variant has content, and should have none")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}
