//! Arrays and maps of Firestore, written element by element.

use serde::{
    Serialize,
    ser::{self, SerializeMap, SerializeSeq, SerializeStruct},
};

use super::{
    key::KeyWriter,
    written::{Result, WriteError, push, variant},
};
use crate::firestore::{
    special::GEO_POINT,
    value::{Fields, Value},
};

/// What writes an element. The containers get it as a parameter, so that the two files need not know each other.
pub(super) trait ElementWriter:
    Copy + ser::Serializer<Ok = Value, Error = WriteError>
{
}

impl<W: Copy + ser::Serializer<Ok = Value, Error = WriteError>> ElementWriter for W {}

/// The elements of an array, as they are written one after the other.
pub(super) struct ArrayWriter<W> {
    pub(super) values: Vec<Value>,
    pub(super) inner: W,
    pub(super) variant: Option<&'static str>,
}

impl<W: ElementWriter> ArrayWriter<W> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        match value.serialize(self.inner)? {
            Value::Array(_) => Err(WriteError::new("it is an array directly inside an array")),
            value => {
                self.values.push(value);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Value> {
        match self.variant {
            None => Ok(Value::Array(self.values)),
            Some(name) => variant(name, Value::Array(self.values)),
        }
    }
}

impl<W: ElementWriter> SerializeSeq for ArrayWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl<W: ElementWriter> ser::SerializeTuple for ArrayWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl<W: ElementWriter> ser::SerializeTupleStruct for ArrayWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl<W: ElementWriter> ser::SerializeTupleVariant for ArrayWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

/// The fields of a map or a struct.
pub(super) struct MapWriter<W> {
    fields: Fields,
    key: Option<String>,
    inner: W,
    variant: Option<&'static str>,
    type_name: Option<&'static str>,
}

impl<W: ElementWriter> MapWriter<W> {
    pub(super) fn new(
        inner: W,
        variant: Option<&'static str>,
        type_name: Option<&'static str>,
    ) -> Self {
        Self { fields: Vec::new(), key: None, inner, variant, type_name }
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        let value = value.serialize(self.inner).map_err(|error| error.at(name))?;
        push(&mut self.fields, name, value)
    }

    fn finish(self) -> Result<Value> {
        if self.type_name == Some(GEO_POINT)
            && let [(_, Value::Double(latitude)), (_, Value::Double(longitude))] =
                self.fields.as_slice()
        {
            return Ok(Value::GeoPoint { latitude: *latitude, longitude: *longitude });
        }
        match self.variant {
            None => Ok(Value::Map(self.fields)),
            Some(name) => variant(name, Value::Map(self.fields)),
        }
    }
}

impl<W: ElementWriter> SerializeMap for MapWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = Some(key.serialize(KeyWriter)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().unwrap_or_default();
        // The name of a map's member may be data, so that errors do not tell it.
        let value = value.serialize(self.inner).map_err(|error| error.at("*"))?;
        push(&mut self.fields, key, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl<W: ElementWriter> SerializeStruct for MapWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl<W: ElementWriter> ser::SerializeStructVariant for MapWriter<W> {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}
