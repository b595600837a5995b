//! The serializer of results: one pass over a value, straight into the body. serde_json's would need a second pass,
//! to find the numbers that it turns into `null` without a word, and looks at each byte of a text by itself.

use std::io::Write as _;

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{
    Error, Value,
    ser::{CompactFormatter, Formatter},
};

use super::{
    readable::{self, MAX_DEPTH},
    string::write_string,
};

/// Appends values to `json`.
pub(super) struct Writer<'j> {
    pub(super) json: &'j mut Vec<u8>,
    /// Whether a number that JSON cannot hold is an error, and not `null`.
    pub(super) only_finite: bool,
    /// How many lists and objects are open.
    depth: usize,
    /// Whether something was written that a client may not be able to read: [`readable::check`] tells.
    pub(super) is_suspicious: bool,
}

/// From here on JavaScript writes an exponent.
const EXPONENT_FROM: f64 = 1e21;

/// How serde_json marks a text that is JSON already.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl<'j> Writer<'j> {
    pub(super) fn new(json: &'j mut Vec<u8>, only_finite: bool) -> Self {
        Self { json, only_finite, depth: 0, is_suspicious: false }
    }
}

impl Writer<'_> {
    fn plain(&mut self, value: impl std::fmt::Display) -> Result<(), Error> {
        write!(self.json, "{value}").map_err(Error::io)
    }

    /// A number that is no whole one, in as few digits as tell it apart.
    fn fraction<T>(
        &mut self,
        value: T,
        is_finite: bool,
        write: impl FnOnce(&mut CompactFormatter, &mut Vec<u8>, T) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        match is_finite {
            true => write(&mut CompactFormatter, self.json, value).map_err(Error::io),
            false if self.only_finite => Err(Error::custom("a number that JSON cannot hold")),
            false => self.plain("null"),
        }
    }

    fn name(&mut self, name: &str) {
        self.is_suspicious |= readable::is_suspicious(name.as_bytes());
        write_string(self.json, name);
        self.json.push(b':');
    }

    /// `{"name":` before what belongs to a variant, `}` behind it.
    fn variant(&mut self, name: &str, open: u8) {
        self.json.push(b'{');
        self.name(name);
        self.json.push(open);
    }

    /// This limit also stops values that contain themselves, which would overflow the stack.
    fn deeper(&mut self, levels: usize) -> Result<(), Error> {
        self.depth += levels;
        if self.depth > MAX_DEPTH { Err(Error::custom(readable::TOO_DEEP)) } else { Ok(()) }
    }
}

/// What has parts: a list or an object.
pub(super) struct Parts<'w, 'j> {
    writer: &'w mut Writer<'j>,
    is_first: bool,
    close: &'static [u8],
}

impl<'w, 'j> Parts<'w, 'j> {
    fn new(writer: &'w mut Writer<'j>, close: &'static [u8]) -> Result<Self, Error> {
        writer.deeper(close.len())?;
        Ok(Self { writer, is_first: true, close })
    }

    fn separate(&mut self) {
        if !self.is_first {
            self.writer.json.push(b',');
        }
        self.is_first = false;
    }

    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.separate();
        value.serialize(&mut *self.writer)
    }

    fn member<T: ?Sized + Serialize>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if name == RAW_VALUE {
            let Value::String(json) = serde_json::to_value(value)? else {
                return Err(Error::custom("not a raw value"));
            };
            self.writer.is_suspicious = true;
            // Inside strings, line breaks are escaped; between strings, they would end the line of an event.
            return self.writer.plain(json.replace(['\n', '\r'], " "));
        }
        self.separate();
        self.writer.name(name);
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<(), Error> {
        self.writer.json.extend_from_slice(self.close);
        self.writer.depth -= self.close.len();
        Ok(())
    }
}

macro_rules! as_plain {
    ($($method:ident($type:ty);)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> { self.plain(value) })*
    };
}

impl<'w, 'j> Serializer for &'w mut Writer<'j> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Parts<'w, 'j>;
    type SerializeTuple = Parts<'w, 'j>;
    type SerializeTupleStruct = Parts<'w, 'j>;
    type SerializeTupleVariant = Parts<'w, 'j>;
    type SerializeMap = Parts<'w, 'j>;
    type SerializeStruct = Parts<'w, 'j>;
    type SerializeStructVariant = Parts<'w, 'j>;

    as_plain! {
        serialize_bool(bool);
        serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64); serialize_i128(i128);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64); serialize_u128(u128);
    }

    /// As JavaScript does where clients can tell: `2`, not `2.0`, which Android reads as another type.
    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        if value == 0.0 {
            self.plain(0) // also for -0
        } else if value.fract() == 0.0 && value.abs() < EXPONENT_FROM {
            self.plain(value)
        } else {
            self.fraction(value, value.is_finite(), |f, json, value| f.write_f64(json, value))
        }
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        if value.fract() == 0.0 {
            self.serialize_f64(value.into())
        } else {
            self.fraction(value, value.is_finite(), |f, json, value| f.write_f32(json, value))
        }
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        write_string(self.json, value);
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }
    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        self.plain("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.deeper(1)?;
        self.json.push(b'{');
        self.name(variant);
        value.serialize(&mut *self)?;
        self.json.push(b'}');
        self.depth -= 1;
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'w, 'j>, Error> {
        self.json.push(b'[');
        Parts::new(self, b"]")
    }
    fn serialize_tuple(self, length: usize) -> Result<Parts<'w, 'j>, Error> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<Parts<'w, 'j>, Error> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w, 'j>, Error> {
        self.variant(variant, b'[');
        Parts::new(self, b"]}")
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'w, 'j>, Error> {
        self.json.push(b'{');
        Parts::new(self, b"}")
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'w, 'j>, Error> {
        if name == RAW_VALUE {
            return Parts::new(self, b"");
        }
        self.serialize_map(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w, 'j>, Error> {
        self.variant(variant, b'{');
        Parts::new(self, b"}}")
    }
}

macro_rules! parts {
    ($($part:ident::$method:ident => $own:ident($($name:ident: $type:ty)?);)*) => {
        $(impl $part for Parts<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: ?Sized + Serialize>(&mut self, $($name: $type,)? value: &T) -> Result<(), Error> {
                self.$own($($name,)? value)
            }
            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

parts! {
    SerializeSeq::serialize_element => item();
    SerializeTuple::serialize_element => item();
    SerializeTupleStruct::serialize_field => item();
    SerializeTupleVariant::serialize_field => item();
    SerializeStruct::serialize_field => member(name: &'static str);
    SerializeStructVariant::serialize_field => member(name: &'static str);
}

impl SerializeMap for Parts<'_, '_> {
    type Ok = ();
    type Error = Error;

    /// A name is a text; a number or a truth value becomes one.
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        let start = self.writer.json.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.json.get(start..) {
            Some([b'"', name @ .., _]) => {
                self.writer.is_suspicious |= readable::is_suspicious(name);
            }
            Some([b'0'..=b'9' | b'-' | b't' | b'f', ..]) => {
                self.writer.json.insert(start, b'"');
                self.writer.json.push(b'"');
            }
            _ => return Err(Error::custom("a key that is no name")),
        }
        self.writer.json.push(b':');
        Ok(())
    }
    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
