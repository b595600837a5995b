//! Deserializes the handler's type from checked text, in place. Wrappers and repeated members are read by their marks,
//! so that every type reads the same `data`.

use serde::{
    de::{self, Error as _, Unexpected, Visitor},
    forward_to_deserialize_any,
};

use super::{
    access::Members,
    node::{Node, Shape},
    raw_value,
    type_mismatch::{Result, TypeMismatch, one_of},
    variant::Variant,
};

impl<'de> de::Deserializer<'de> for Node<'_, 'de> {
    type Error = TypeMismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.read(visitor, Shape::Any)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.reader.peek() == b'n' {
            self.reader.skip_value();
            return visitor.visit_none();
        }
        visitor.visit_some(Self { is_optional: true, ..self })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name == raw_value::TOKEN {
            return raw_value::read(self, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    /// An enum is the name of a variant, or an object with that name as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let reader = self.reader;
        let expected = || {
            format!("expected {}: the name, or an object with it as its only member", one_of(names))
        };
        self.take_box(size_of::<V::Value>())?;
        match reader.peek() {
            b'"' => {
                let name = reader.take_string();
                visitor.visit_enum(Variant { name, content: None })
            }
            b'{' if !reader.marks.is_wrapper(reader.at.get()) => {
                let mut members = Members::new(reader, None);
                let Some(name) = members.next_name() else {
                    return Err(TypeMismatch::new(expected()));
                };
                let value = visitor.visit_enum(Variant { name, content: Some(&mut members) })?;
                members.skip_value();
                if members.next_name().is_some() {
                    return Err(TypeMismatch::new(expected()));
                }
                Ok(value)
            }
            b'n' => Err(TypeMismatch::new(format!("{}, found null", expected()))),
            _ => Err(TypeMismatch::new(expected())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.read(visitor, Shape::Struct)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.read(visitor, Shape::Tuple)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.read(visitor, Shape::Tuple)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.reader.peek() != b'"' {
            return self.read(visitor, Shape::Any);
        }
        let raw = self.reader.take_string();
        self.reader.budget.take_block(raw.size_of_copy())?;
        visitor.visit_bytes(raw.text().as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.reader.skip_value();
        visitor.visit_unit()
    }

    /// The name of a variant, as the value of a tag. Only a string is accepted: serde would take a number as the
    /// variant's index in the source.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let found = match self.reader.peek() {
            b'"' => return self.reader.take_string().visit(visitor, None),
            b'n' => Unexpected::Unit,
            b't' | b'f' => Unexpected::Bool(false),
            b'[' => Unexpected::Seq,
            b'{' => Unexpected::Map,
            _ => Unexpected::Float(0.0),
        };
        Err(TypeMismatch::invalid_type(found, &visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        unit unit_struct seq map
    }
}
