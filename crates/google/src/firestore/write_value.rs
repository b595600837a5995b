//! Any serializable value as a Firestore value. What Firestore would refuse is refused here, with the name of the field.

mod containers;
mod key;
mod written;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, ser};

use self::{
    containers::{ArrayWriter, MapWriter},
    written::{Result, WriteError, variant},
};
use super::{
    FirestoreError,
    special::{BYTES, REFERENCE, TIMESTAMP},
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
    type SerializeSeq = ArrayWriter<Self>;
    type SerializeTuple = ArrayWriter<Self>;
    type SerializeTupleStruct = ArrayWriter<Self>;
    type SerializeTupleVariant = ArrayWriter<Self>;
    type SerializeMap = MapWriter<Self>;
    type SerializeStruct = MapWriter<Self>;
    type SerializeStructVariant = MapWriter<Self>;

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
        variant(name, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<ArrayWriter<Self>> {
        Ok(ArrayWriter { values: Vec::new(), inner: self.inner()?, variant: None })
    }

    fn serialize_tuple(self, _: usize) -> Result<ArrayWriter<Self>> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<ArrayWriter<Self>> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<ArrayWriter<Self>> {
        let inner = self.inner()?.inner()?;
        Ok(ArrayWriter { values: Vec::new(), inner, variant: Some(name) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<MapWriter<Self>> {
        Ok(MapWriter::new(self.inner()?, None, None))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<MapWriter<Self>> {
        Ok(MapWriter::new(self.inner()?, None, Some(name)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<MapWriter<Self>> {
        Ok(MapWriter::new(self.inner()?.inner()?, Some(name), None))
    }
}
