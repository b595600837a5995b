//! Any serializable value as a Firestore value. What Firestore would refuse is refused here, with the name of the field.

mod containers;
mod key;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, ser};

use self::containers::{ArrayWriter, MapWriter};
use super::{
    FirestoreError, field_path,
    special::{BYTES, GEO_POINT, REFERENCE, TIMESTAMP},
    value::{Fields, Value},
};

/// Firestore's limit for maps and arrays inside each other.
const MAX_DEPTH: usize = 20;

/// `value` as the fields of a document.
pub(super) fn fields(value: &(impl Serialize + ?Sized)) -> Result<Fields, FirestoreError> {
    match value.serialize(Writer { depth: 0 }) {
        Ok(Value::Map(fields)) => Ok(fields),
        Ok(other) => {
            let problem = format!("a document must be a struct or a map, not {}", other.kind());
            Err(FirestoreError::Unstorable(problem))
        }
        Err(error) => Err(error.into()),
    }
}

/// `value` as a value to compare with.
pub(super) fn value(value: &(impl Serialize + ?Sized)) -> Result<Value, FirestoreError> {
    Ok(value.serialize(Writer { depth: 0 })?)
}

/// Why a value cannot be stored, and the names of the fields around it, innermost first.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(super) struct WriteError {
    problem: String,
    path: Vec<&'static str>,
}

impl WriteError {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), path: Vec::new() }
    }

    fn at(mut self, name: &'static str) -> Self {
        self.path.push(name);
        self
    }
}

impl ser::Error for WriteError {
    /// The message of a type's own implementation could quote a value, so it is dropped.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self::new("its type refuses to be written")
    }
}

impl From<WriteError> for FirestoreError {
    fn from(error: WriteError) -> Self {
        let path: Vec<&str> = error.path.iter().rev().copied().collect();
        match path.is_empty() {
            true => Self::Unstorable(error.problem),
            false => Self::Unstorable(format!("{}: {}", path.join("."), error.problem)),
        }
    }
}

type Result<T, E = WriteError> = std::result::Result<T, E>;

/// `depth` is the number of maps and arrays around the value.
#[derive(Clone, Copy)]
struct Writer {
    depth: usize,
}

impl Writer {
    fn inner(self) -> Result<Self> {
        if self.depth > MAX_DEPTH {
            return Err(WriteError::new("it is nested deeper than 20 levels"));
        }
        Ok(Self { depth: self.depth + 1 })
    }

    fn variant(self, name: &'static str, value: Value) -> Result<Value> {
        self.inner()?;
        let mut fields = Vec::new();
        push(&mut fields, name, value)?;
        Ok(Value::Map(fields))
    }
}

fn push(fields: &mut Fields, name: impl Into<String>, value: Value) -> Result<()> {
    let name = name.into();
    if let Some(problem) = field_path::problem_of(&name) {
        return Err(WriteError::new(problem));
    }
    fields.push((name, value));
    Ok(())
}

macro_rules! integers {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<Value> {
            let fits = i64::try_from(value);
            fits.map(Value::Integer).map_err(|_| WriteError::new("it does not fit 64 bits with a sign"))
        })*
    };
}

impl ser::Serializer for Writer {
    type Ok = Value;
    type Error = WriteError;
    type SerializeSeq = ArrayWriter;
    type SerializeTuple = ArrayWriter;
    type SerializeTupleStruct = ArrayWriter;
    type SerializeTupleVariant = ArrayWriter;
    type SerializeMap = MapWriter;
    type SerializeStruct = MapWriter;
    type SerializeStructVariant = MapWriter;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    }

    fn serialize_bool(self, value: bool) -> Result<Value> {
        Ok(Value::Boolean(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value> {
        Ok(Value::Double(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Value> {
        Ok(Value::Double(value))
    }

    fn serialize_char(self, value: char) -> Result<Value> {
        Ok(Value::Text(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Value> {
        Ok(Value::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value> {
        Ok(Value::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<Value> {
        Ok(Value::Text(name.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value> {
        match (name, value.serialize(self)?) {
            (TIMESTAMP, Value::Text(text)) => Ok(Value::Timestamp(text)),
            (REFERENCE, Value::Text(name)) => Ok(Value::Reference(name)),
            (BYTES, Value::Text(text)) => {
                let bytes = STANDARD.decode(text);
                bytes.map(Value::Bytes).map_err(|_| WriteError::new("it is not base64"))
            }
            (_, value) => Ok(value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value> {
        let value = value.serialize(self.inner()?).map_err(|error| error.at(name))?;
        self.variant(name, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<ArrayWriter> {
        Ok(ArrayWriter { values: Vec::new(), inner: self.inner()?, variant: None })
    }

    fn serialize_tuple(self, _: usize) -> Result<ArrayWriter> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<ArrayWriter> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<ArrayWriter> {
        let inner = self.inner()?.inner()?;
        Ok(ArrayWriter { values: Vec::new(), inner, variant: Some(name) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<MapWriter> {
        Ok(MapWriter::new(self.inner()?, None, None))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<MapWriter> {
        Ok(MapWriter::new(self.inner()?, None, Some(name)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<MapWriter> {
        Ok(MapWriter::new(self.inner()?.inner()?, Some(name), None))
    }
}
