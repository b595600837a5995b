//! Reads the name of a member as the key of a map: a string, or a number or boolean in quotes. Numbers and booleans are
//! read as serde_json reads them.

use serde::{
    Deserializer,
    de::{IgnoredAny, Visitor, value::CowStrDeserializer},
    forward_to_deserialize_any,
};

use super::{
    budget::Budget,
    number::Num,
    read_error::{ReadError, Result},
    text::Raw,
};

/// A name as the key of a map. The map stores a copy, which is charged to the budget.
#[derive(Clone, Copy)]
pub(super) struct Key<'b, 't> {
    pub(super) name: Raw<'t>,
    pub(super) budget: &'b Budget,
}

/// Methods that read a number.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match number(&self.name.text()) {
                Some(number) => number.visit(visitor),
                None => Err(ReadError::name(&visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.name.visit(visitor, Some(self.budget))
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &*self.name.text() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(ReadError::name(&visitor)),
        }
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

    /// Not charged: the name is compared with the variants of an enum, and not stored.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(CowStrDeserializer::new(self.name.text()))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.name.visit_bytes(visitor, self.budget)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    /// Not charged: the name is compared with the fields of a struct, and not stored.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.name.visit(visitor, None)
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}

/// The number, if the text is a JSON number.
fn number(text: &str) -> Option<Num> {
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_number.then(|| Num::of_json(text.as_bytes())).flatten()
}
