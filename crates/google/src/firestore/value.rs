//! A Firestore value and its typed JSON, such as `{"integerValue":"5"}`.
//! Source: google/firestore/v1/document.proto, and the JSON mapping of protocol buffers.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};

/// The fields of a map or document, in their order.
pub(super) type Fields = Vec<(String, Value)>;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Timestamp(String),
    Text(String),
    Bytes(Vec<u8>),
    Reference(String),
    GeoPoint { latitude: f64, longitude: f64 },
    Array(Vec<Value>),
    Map(Fields),
}

impl Value {
    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Double(_) => "a double",
            Self::Timestamp(_) => "a timestamp",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Reference(_) => "a reference",
            Self::GeoPoint { .. } => "a geographical point",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Null => map.serialize_entry("nullValue", &())?,
            Self::Boolean(value) => map.serialize_entry("booleanValue", value)?,
            // As a text: a JSON number would be rounded to a double on the way.
            Self::Integer(value) => map.serialize_entry("integerValue", &value.to_string())?,
            Self::Double(value) if value.is_nan() => map.serialize_entry("doubleValue", "NaN")?,
            Self::Double(value) if value.is_infinite() => {
                let text = if *value > 0.0 { "Infinity" } else { "-Infinity" };
                map.serialize_entry("doubleValue", text)?;
            }
            Self::Double(value) => map.serialize_entry("doubleValue", value)?,
            Self::Timestamp(text) => map.serialize_entry("timestampValue", text)?,
            Self::Text(text) => map.serialize_entry("stringValue", text)?,
            Self::Bytes(bytes) => map.serialize_entry("bytesValue", &STANDARD.encode(bytes))?,
            Self::Reference(name) => map.serialize_entry("referenceValue", name)?,
            Self::GeoPoint { latitude, longitude } => {
                let point = GeoPointJson { latitude: *latitude, longitude: *longitude };
                map.serialize_entry("geoPointValue", &point)?;
            }
            Self::Array(values) => map.serialize_entry("arrayValue", &ArrayRef { values })?,
            Self::Map(fields) => {
                map.serialize_entry("mapValue", &MapRef { fields: FieldsRef(fields) })?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct ArrayRef<'a> {
    values: &'a [Value],
}

#[derive(Serialize)]
struct MapRef<'a> {
    fields: FieldsRef<'a>,
}

/// Fields as a JSON object.
pub(super) struct FieldsRef<'a>(pub(super) &'a Fields);

impl Serialize for FieldsRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Members with the value 0 may be left out.
#[derive(Serialize, Deserialize)]
struct GeoPointJson {
    #[serde(default)]
    latitude: f64,
    #[serde(default)]
    longitude: f64,
}

#[derive(Deserialize)]
struct ArrayJson {
    #[serde(default)]
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct MapJson {
    #[serde(default)]
    fields: FieldsJson,
}

/// Fields from a JSON object.
#[derive(Default)]
pub(super) struct FieldsJson(pub(super) Fields);

impl<'de> Deserialize<'de> for FieldsJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = FieldsJson;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldsJson, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(FieldsJson(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// An integer is a text or a JSON number; a double is a number or one of three texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Integer(i64),
    Double(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Value {
    /// Reads an object with exactly one member, whose name is the type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Firestore value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let unfit = || de::Error::custom("not a Firestore value");
                let kind: String = map.next_key()?.ok_or_else(unfit)?;
                let value = match kind.as_str() {
                    "nullValue" => map.next_value().map(|()| Value::Null)?,
                    "booleanValue" => Value::Boolean(map.next_value()?),
                    "integerValue" => integer(map.next_value()?).ok_or_else(unfit)?,
                    "doubleValue" => double(map.next_value()?).ok_or_else(unfit)?,
                    "timestampValue" => Value::Timestamp(map.next_value()?),
                    "stringValue" => Value::Text(map.next_value()?),
                    "bytesValue" => {
                        let text: String = map.next_value()?;
                        Value::Bytes(STANDARD.decode(text).map_err(|_| unfit())?)
                    }
                    "referenceValue" => Value::Reference(map.next_value()?),
                    "geoPointValue" => {
                        let GeoPointJson { latitude, longitude } = map.next_value()?;
                        Value::GeoPoint { latitude, longitude }
                    }
                    "arrayValue" => Value::Array(map.next_value::<ArrayJson>()?.values),
                    "mapValue" => Value::Map(map.next_value::<MapJson>()?.fields.0),
                    _ => return Err(unfit()),
                };
                match map.next_key::<de::IgnoredAny>()? {
                    None => Ok(value),
                    Some(_) => Err(unfit()),
                }
            }
        }
        deserializer.deserialize_map(ValueVisitor)
    }
}

fn integer(number: Number) -> Option<Value> {
    match number {
        Number::Integer(value) => Some(Value::Integer(value)),
        Number::Text(text) => text.parse().ok().map(Value::Integer),
        Number::Double(_) => None,
    }
}

fn double(number: Number) -> Option<Value> {
    match number {
        // A double without a fraction may be written as an integer; as such it has at most 53 bits.
        #[expect(clippy::cast_precision_loss, reason = "the type of the field is double")]
        Number::Integer(value) => Some(Value::Double(value as f64)),
        Number::Double(value) => Some(Value::Double(value)),
        Number::Text(text) => match text.as_str() {
            "NaN" => Some(Value::Double(f64::NAN)),
            "Infinity" => Some(Value::Double(f64::INFINITY)),
            "-Infinity" => Some(Value::Double(f64::NEG_INFINITY)),
            _ => None,
        },
    }
}
