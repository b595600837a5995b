//! Wraps serde_json's serializer, to change two things. NaN and the infinities are errors: serde_json silently writes
//! `null`. Long strings are written many bytes at a time: serde_json examines each byte.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::formatter::Output;

/// In bytes. serde_json needs fewer instructions for strings that are shorter than this.
const LONG: usize = 20;

/// Wraps one of serde_json's serializers, or the object that it returns for writing a list or an object.
pub(super) struct Checked<'o, S> {
    pub(super) inner: S,
    pub(super) output: &'o Output,
}

/// A value inside a list, an object or an option. It is checked by the same rules as the value around it.
struct Inside<'o, 'v, T: ?Sized>(&'o Output, &'v T);

impl<T: ?Sized + Serialize> Serialize for Inside<'_, '_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.1.serialize(Checked { inner, output: self.0 })
    }
}

impl<S: Serializer> Checked<'_, S> {
    fn finite(&self, is_finite: bool) -> Result<(), S::Error> {
        if is_finite || !self.output.only_finite {
            return Ok(());
        }
        Err(S::Error::custom("JSON has no NaN and no infinity"))
    }
}

/// Forwards the methods that have nothing to check.
macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $method(self, $($name: $type),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($name),*)
        })*
    };
}

/// Forwards the methods that take a value, which is checked.
macro_rules! forward_value {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $method<T: ?Sized + Serialize>(self, $($name: $type,)* value: &T) -> Result<S::Ok, S::Error> {
            self.inner.$method($($name,)* &Inside(self.output, value))
        })*
    };
}

/// Forwards the methods that begin a list or an object, whose parts are checked.
macro_rules! forward_open {
    ($($method:ident($($name:ident: $type:ty),*) -> $parts:ident;)*) => {
        $(fn $method(self, $($name: $type),*) -> Result<Self::$parts, S::Error> {
            Ok(Checked { inner: self.inner.$method($($name),*)?, output: self.output })
        })*
    };
}

impl<'o, S: Serializer> Serializer for Checked<'o, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Checked<'o, S::SerializeSeq>;
    type SerializeTuple = Checked<'o, S::SerializeTuple>;
    type SerializeTupleStruct = Checked<'o, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Checked<'o, S::SerializeTupleVariant>;
    type SerializeMap = Checked<'o, S::SerializeMap>;
    type SerializeStruct = Checked<'o, S::SerializeStruct>;
    type SerializeStructVariant = Checked<'o, S::SerializeStructVariant>;

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.finite(value.is_finite())?;
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.finite(value.is_finite())?;
        self.inner.serialize_f64(value)
    }

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        if text.len() < LONG {
            return self.inner.serialize_str(text);
        }
        let start = self.output.json.borrow().len();
        let done = self.inner.serialize_str("")?;
        self.output.fill_string(start, text);
        Ok(done)
    }

    forward! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_char(value: char);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    forward_value! {
        serialize_some();
        serialize_newtype_struct(name: &'static str);
        serialize_newtype_variant(name: &'static str, index: u32, variant: &'static str);
    }

    forward_open! {
        serialize_seq(length: Option<usize>) -> SerializeSeq;
        serialize_tuple(length: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> SerializeStructVariant;
    }
}

/// Forwards the parts of a list or an object.
macro_rules! parts {
    ($($parts:ident::$method:ident($($name:ident)?) $($key:ident)?;)*) => {
        $(impl<S: $parts> $parts for Checked<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            // Not checked: serde_json itself refuses NaN as a name.
            $(fn $key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), S::Error> {
                self.inner.$key(key)
            })?

            fn $method<T: ?Sized + Serialize>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.inner.$method($($name,)? &Inside(self.output, value))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        })*
    };
}

parts! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeMap::serialize_value() serialize_key;
    SerializeStruct::serialize_field(name);
    SerializeStructVariant::serialize_field(name);
}
