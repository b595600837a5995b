//! Deserializes the handler's type directly from checked text. Wrappers and repeated members are read by their marks,
//! so that every type reads the same `data`.

use std::any::type_name;

use serde::{
    de::{
        Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
        Unexpected, VariantAccess, Visitor, value::CowStrDeserializer,
    },
    forward_to_deserialize_any,
};

use super::{
    budget::{Growth, is_buffer, is_tag_and_buffer},
    children::{Items, Members},
    key::Key,
    number::Num,
    raw_value,
    read_error::{ReadError, Result},
    reader::{Invalid, Reader},
    text::Raw,
};

/// Reads the whole text.
pub(super) fn read<'t, T: Deserialize<'t>>(reader: &Reader<'t>) -> Result<T> {
    let start = reader.at.get();
    T::deserialize(Node::root(reader)).map_err(|error| error.found_at(reader.text, start))
}

/// The value at the reader's position.
#[derive(Clone, Copy)]
pub(super) struct Node<'r, 't> {
    reader: &'r Reader<'t>,
    /// The size of the memory that the value is written to. A larger type must be in a box.
    inline: usize,
    /// Whether the value is in an `Option`, which may make that memory larger than the type.
    is_optional: bool,
}

/// The kind of value that a type expects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Any value. Its items and members are allocated.
    Any,
    /// P9: an object whose members are stored in the type itself. A list is refused: a policy that reads a member by
    /// its name would not have seen the member in a list.
    Struct,
    /// A list whose items are stored in the type itself.
    Tuple,
}

impl<'r, 't> Node<'r, 't> {
    /// The whole value. Its memory is not charged: it is on the caller's stack.
    pub(super) fn root(reader: &'r Reader<'t>) -> Self {
        Self { reader, inline: usize::MAX, is_optional: false }
    }

    /// Reads an item or the value of a member.
    fn child<S: DeserializeSeed<'t>>(seed: S) -> impl FnOnce(&Reader<'t>) -> Result<S::Value> {
        |reader| seed.deserialize(Node { inline: size_of::<S::Value>(), ..Node::root(reader) })
    }

    /// Charges the budget for a box if the value must be in one: its type is larger than the memory that it is written
    /// to, or is smaller than a pointer while that memory has the size of a pointer.
    fn take_box(self, size: usize) -> Result<()> {
        const POINTER: usize = size_of::<usize>();
        let is_pointer =
            self.inline == POINTER && size < POINTER && !(self.is_optional && size == POINTER / 2);
        if size > self.inline || is_pointer {
            self.reader.budget.take_block(size)?;
        }
        Ok(())
    }

    fn read<V: Visitor<'t>>(self, visitor: V, shape: Shape) -> Result<V::Value> {
        let reader = self.reader;
        let type_name = type_name::<V::Value>();
        self.take_box(size_of::<V::Value>())?;
        if is_buffer(type_name) {
            let at = reader.at.get();
            reader.buffered.set(Some(at));
            if at > reader.invalid_behind {
                reader.skip_value();
                return visitor.visit_newtype_struct(Invalid(3));
            }
        }
        match reader.peek() {
            b'"' => {
                // A type that stores a string of any length is at least as large as a pointer and a length.
                let is_stored = size_of::<V::Value>() >= size_of::<&str>();
                reader.take_string().visit(visitor, is_stored.then_some(reader.budget))
            }
            b'{' => {
                if let Some(number) = reader.take_wrapper()? {
                    return number.visit(visitor);
                }
                let growth = (shape == Shape::Any).then(|| Growth::of_map(type_name));
                let mut members = Members::new(reader, growth);
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
            // With `#[serde(tag = …)]`, serde would take the first item of a list as the tag, and the others as
            // members.
            b'[' if shape == Shape::Struct || is_tag_and_buffer(type_name) => {
                Err(ReadError::invalid_type(Unexpected::Seq, &visitor))
            }
            b'[' => {
                let growth = (shape == Shape::Any).then(|| Growth::of_list(type_name));
                let mut items = Items::new(reader, growth);
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            _ => match reader.take_word() {
                b"null" => visitor.visit_unit(),
                b"true" => visitor.visit_bool(true),
                b"false" => visitor.visit_bool(false),
                token => Num::of_json(token).ok_or_else(ReadError::not_a_double)?.visit(visitor),
            },
        }
    }
}

macro_rules! shapes {
    ($($method:ident($($argument:ty),*) => $shape:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value> {
            self.read(visitor, Shape::$shape)
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'_, 'de> {
    type Error = ReadError;

    shapes! {
        deserialize_any() => Any,
        deserialize_struct(&'static str, &'static [&'static str]) => Struct,
        deserialize_tuple(usize) => Tuple,
        deserialize_tuple_struct(&'static str, usize) => Tuple,
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
            return raw_value::read(self, self.reader.budget, visitor);
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
        let unexpected = |found| {
            let names = names.join(", ");
            ReadError::new(format!(
                "expected one of {names}: the name, or an object with it as its only member{found}"
            ))
        };
        self.take_box(size_of::<V::Value>())?;
        match reader.peek() {
            b'"' => visitor.visit_enum(Variant { name: reader.take_string(), content: None }),
            b'{' if !reader.marks.is_wrapper(reader.at.get()) => {
                let mut members = Members::new(reader, None);
                let name = members.next_name().ok_or_else(|| unexpected(""))?;
                let value = visitor.visit_enum(Variant { name, content: Some(&mut members) })?;
                members.end().map_err(|_| unexpected(""))?;
                Ok(value)
            }
            b'n' => Err(unexpected(", found null")),
            _ => Err(unexpected("")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.reader.peek() {
            b'"' => self.reader.take_string().visit_bytes(visitor, self.reader.budget),
            _ => self.read(visitor, Shape::Any),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.reader.skip_value();
        visitor.visit_unit()
    }

    /// The name of a variant, as the value of a tag. Only a string is accepted: serde would take a number as the index
    /// of a variant in the source.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let found = match self.reader.peek() {
            b'"' => return self.reader.take_string().visit(visitor, None),
            b'n' => Unexpected::Unit,
            b't' | b'f' => Unexpected::Bool(false),
            b'[' => Unexpected::Seq,
            b'{' => Unexpected::Map,
            _ => Unexpected::Float(0.0),
        };
        Err(ReadError::invalid_type(found, &visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        unit unit_struct seq map
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.next(Node::child(seed))
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(name) = self.next_name() else {
            return Ok(None);
        };
        self.key_size = size_of::<S::Value>();
        let key = Key { name, budget: self.reader.budget };
        seed.deserialize(key).map(Some).map_err(|error| error.at(name.step()))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        self.value(Node::child(seed))
    }
}

/// The name of a variant, and the object whose only member has that name; `None` if the enum is a string.
struct Variant<'m, 'r, 't> {
    name: Raw<'t>,
    content: Option<&'m mut Members<'r, 't>>,
}

impl<'t> Variant<'_, '_, 't> {
    fn take<T>(self, read: impl FnOnce(&Reader<'t>) -> Result<T>) -> Result<T> {
        match self.content {
            Some(members) => members.value(read),
            None => Err(ReadError::new("expected an object with this name as its only member")),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, '_, 'de> {
    type Error = ReadError;
    type Variant = Self;

    /// The name is not charged: it is compared with the variants of the enum, and not stored.
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let name = CowStrDeserializer::<ReadError>::new(self.name.text());
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_, 'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<()> {
        if self.content.is_none_or(|members| members.reader.peek() == b'n') {
            return Ok(());
        }
        Err(ReadError::new("expected only the name, without a value").at(self.name.step()))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.take(Node::child(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.take(|reader| Node::root(reader).read(visitor, Shape::Tuple))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.take(|reader| Node::root(reader).read(visitor, Shape::Struct))
    }
}
