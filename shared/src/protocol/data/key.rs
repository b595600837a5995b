//! Reads the name of a member as the key of a map: a string, or a number or boolean in quotes. Numbers and booleans are
//! read as serde_json reads them.

use serde::{
    de::{self, IgnoredAny, Visitor, value::CowStrDeserializer},
    forward_to_deserialize_any,
};

use super::{
    budget::Budget,
    node::visit_number,
    number::Num,
    scan::Raw,
    type_mismatch::{Result, TypeMismatch},
};

/// A name as the key of a map. The map keeps a copy, which is charged to the budget.
#[derive(Clone, Copy)]
pub(super) struct Key<'b, 't> {
    pub(super) name: Raw<'t>,
    pub(super) budget: &'b Budget,
}

impl Key<'_, '_> {
    fn read_number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let text = self.name.text();
        match is_number(&text).then(|| Num::of_json(text.as_bytes())).flatten() {
            Some(number) => visit_number(number, visitor),
            None => Err(TypeMismatch::name(&visitor)),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.read_number(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Key<'_, 'de> {
    type Error = TypeMismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.name.visit(visitor, Some(self.budget))
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.name.is("true") {
            visitor.visit_bool(true)
        } else if self.name.is("false") {
            visitor.visit_bool(false)
        } else {
            Err(TypeMismatch::name(&visitor))
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

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(VariantName::new(self.name.text()))
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.budget.take_block(self.name.size_of_copy())?;
        visitor.visit_bytes(self.name.text().as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    /// Not charged: the name is compared with the fields of a struct, and not kept.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.name.visit(visitor, None)
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}

/// The name of a variant. Not charged: it is compared with the variants of an enum, and not kept.
pub(super) type VariantName<'t> = CowStrDeserializer<'t, TypeMismatch>;

/// Whether this is a number as JSON writes it.
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
