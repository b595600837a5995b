//! Deserializes enums: the name of a variant, and its value.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor};

use super::{
    access::Members,
    key::VariantName,
    node::Shape,
    scan::Raw,
    type_mismatch::{Result, TypeMismatch},
};

/// A visitor, with the kind of value that it expects.
pub(super) struct Shaped<V>(pub(super) Shape, pub(super) V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Shaped<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        match self.0 {
            Shape::Struct => deserializer.deserialize_struct("", &[], self.1),
            Shape::Any | Shape::Tuple => deserializer.deserialize_tuple(0, self.1),
        }
    }
}

/// The name of a variant, with the object in which its value is the only member.
pub(super) struct Variant<'m, 'r, 't> {
    pub(super) name: Raw<'t>,
    pub(super) content: Option<&'m mut Members<'r, 't>>,
}

impl<'de> Variant<'_, '_, 'de> {
    fn take<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        match self.content {
            Some(members) => members.value(seed),
            None => Err(TypeMismatch::new("expected an object with this name as its member")),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, '_, 'de> {
    type Error = TypeMismatch;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(VariantName::new(self.name.text()))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_, 'de> {
    type Error = TypeMismatch;

    fn unit_variant(self) -> Result<()> {
        match self.content {
            None => Ok(()),
            Some(members) if members.is_null() => Ok(()),
            Some(members) => Err(TypeMismatch::new("expected a name only").at(members.step())),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.take(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.take(Shaped(Shape::Tuple, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.take(Shaped(Shape::Struct, visitor))
    }
}
