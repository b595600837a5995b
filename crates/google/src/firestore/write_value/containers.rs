//! Arrays and maps of Firestore, written element by element.

use serde::{
    Serialize,
    ser::{self, SerializeMap, SerializeSeq, SerializeStruct},
};

use super::{Fields, GEO_POINT, Result, Value, WriteError, Writer, key::KeyWriter, push};

/// The elements of an array, as they are written one after the other.
pub(super) struct ArrayWriter {
    pub(super) values: Vec<Value>,
    pub(super) inner: Writer,
    pub(super) variant: Option<&'static str>,
}

impl ArrayWriter {
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
            Some(name) => Writer { depth: 0 }.variant(name, Value::Array(self.values)),
        }
    }
}

impl SerializeSeq for ArrayWriter {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl ser::SerializeTuple for ArrayWriter {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for ArrayWriter {
    type Ok = Value;
    type Error = WriteError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for ArrayWriter {
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
pub(super) struct MapWriter {
    fields: Fields,
    key: Option<String>,
    inner: Writer,
    variant: Option<&'static str>,
    type_name: Option<&'static str>,
}

impl MapWriter {
    pub(super) fn new(
        inner: Writer,
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
            Some(name) => Writer { depth: 0 }.variant(name, Value::Map(self.fields)),
        }
    }
}

impl SerializeMap for MapWriter {
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

impl SerializeStruct for MapWriter {
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

impl ser::SerializeStructVariant for MapWriter {
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
