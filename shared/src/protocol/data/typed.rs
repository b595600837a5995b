//! Checked text to the handler's type, read in place. Where the text does not stand for itself the
//! marks say what counts, so that every type reads the same `data`.

use std::{any::type_name, cell::Cell, fmt, fmt::Write as _};

use serde::{
    de::{self, Error as _, Expected, Unexpected, Visitor},
    forward_to_deserialize_any,
};

use super::{
    access::{Items, Members, Shaped, Variant},
    blame::{Probe, Spoilt},
    budget::{Budget, Growth},
    check::Marks,
    misfit::{Misfit, one_of},
    number::Num,
    raw_value,
    scan::{Raw, byte, past_blanks, past_value, past_word, string},
    wrapper::Parts,
};

/// Text that is being read: up to where, and what it may still become.
pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    pub(super) marks: &'t Marks,
    pub(super) budget: &'t Budget,
    pub(super) at: Cell<usize>,
    /// The position of the last value that serde kept whole.
    pub(super) kept: Cell<Option<usize>>,
    probe: Option<Probe>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8], marks: &'t Marks, budget: &'t Budget) -> Self {
        let at = Cell::new(past_blanks(text, 0));
        Self { text, marks, budget, at, kept: Cell::new(None), probe: None }
    }

    /// The same, with a change to the text.
    pub(super) fn probing(
        text: &'t [u8],
        marks: &'t Marks,
        budget: &'t Budget,
        probe: Probe,
    ) -> Self {
        Self { probe: Some(probe), ..Self::new(text, marks, budget) }
    }

    /// The name of the member that a probe adds to the object at this position.
    pub(super) fn added_member(&self, object: usize) -> Option<&'static str> {
        match self.probe {
            Some(Probe::WithMember(at, name)) if at == object => Some(name),
            _ => None,
        }
    }

    /// Whether a probe changes a kept value at this position.
    fn spoils(&self, at: usize) -> bool {
        match self.probe {
            None => false,
            Some(Probe::SpoiltBehind(position)) => at > position,
            // What it adds has no text of its own.
            Some(Probe::WithMember(..)) => byte(self.text, at) == b'}',
        }
    }

    /// The value as a whole. It has its place already.
    pub(super) fn root(&self) -> Node<'_, 't> {
        Node { reader: self, inline: usize::MAX, is_optional: false }
    }

    /// The value at its position, for which there is room for a type of this size.
    pub(super) fn node(&self, inline: usize) -> Node<'_, 't> {
        Node { reader: self, inline, is_optional: false }
    }

    pub(super) fn peek(&self) -> u8 {
        byte(self.text, self.at.get())
    }

    pub(super) fn skip_value(&self) {
        self.at.set(past_value(self.text, self.at.get()));
    }

    pub(super) fn take_string(&self) -> Raw<'t> {
        let (raw, end) = string(self.text, self.at.get());
        self.at.set(end);
        raw
    }

    fn take_word(&self) -> &'t [u8] {
        let (at, end) = (self.at.get(), past_word(self.text, self.at.get()));
        self.at.set(end.max(at + 1));
        self.text.get(at..end).unwrap_or_default()
    }

    /// The number of the wrapper that comes next, if one does.
    fn take_wrapper(&self) -> Result<Option<Num>, Misfit> {
        if !self.marks.is_wrapper(self.at.get()) {
            return Ok(None);
        }
        let (parts, end) = Parts::of(self.text, self.at.get());
        let number = parts.number(self.text).map_err(Misfit::new)?;
        self.at.set(end);
        Ok(Some(number))
    }
}

/// What a type takes a value for, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anything: its items and members need room of their own.
    Any,
    /// P9: members whose room is in the type. A list never fills it: a policy that looks at a member by
    /// its name would not have seen it.
    Struct,
    /// Items whose room is in the type.
    Tuple,
}

/// The value at the reader's position.
#[derive(Clone, Copy)]
pub(super) struct Node<'r, 't> {
    pub(super) reader: &'r Reader<'t>,
    /// How many bytes are there for it; a larger type is in a box of its own.
    pub(super) inline: usize,
    /// It is in an `Option`, which may be what makes the room larger than the type.
    pub(super) is_optional: bool,
}

/// Whether this is the name of the type in which serde keeps a value whole before it is fitted. Under
/// another name, errors lose the end of their path, and more is counted than is built.
pub(super) fn is_kept(type_name: &str) -> bool {
    // With or without its lifetime, as the compiler's version has it.
    type_name.strip_suffix("<'_>").unwrap_or(type_name).ends_with("::content::Content")
}

impl<'t> Node<'_, 't> {
    /// Pays for the block of a type that is not where it was to be: larger than its room, or so small that
    /// a pointer must be there instead.
    fn take_box(self, size: usize) -> Result<(), Misfit> {
        const POINTER: usize = size_of::<usize>();
        let is_pointer =
            self.inline == POINTER && size < POINTER && !(self.is_optional && size == POINTER / 2);
        if size > self.inline || is_pointer {
            self.reader.budget.take_block(size)?;
        }
        Ok(())
    }

    pub(super) fn read<V: Visitor<'t>>(self, visitor: V, shape: Shape) -> Result<V::Value, Misfit> {
        let reader = self.reader;
        self.take_box(size_of::<V::Value>())?;
        if is_kept(type_name::<V::Value>()) {
            let at = reader.at.get();
            reader.kept.set(Some(at));
            if reader.spoils(at) {
                reader.skip_value();
                return visitor.visit_newtype_struct(Spoilt(3));
            }
        }
        match reader.peek() {
            b'"' => self.read_string(visitor),
            b'{' => match reader.take_wrapper()? {
                Some(number) => visit_number(number, visitor),
                None => {
                    let growth =
                        (shape == Shape::Any).then(|| Growth::of_map(type_name::<V::Value>()));
                    let mut members = Members::new(reader, growth);
                    let value = visitor.visit_map(&mut members)?;
                    members.end()?;
                    Ok(value)
                }
            },
            b'[' => {
                if shape == Shape::Struct || is_tagged(&visitor) {
                    return Err(Misfit::invalid_type(Unexpected::Seq, &visitor));
                }
                let growth =
                    (shape == Shape::Any).then(|| Growth::of_list(type_name::<V::Value>()));
                let mut items = Items::new(reader, growth);
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            _ => match reader.take_word() {
                b"null" => visitor.visit_unit(),
                b"true" => visitor.visit_bool(true),
                b"false" => visitor.visit_bool(false),
                token => match Num::of_json(token) {
                    Some(number) => visit_number(number, visitor),
                    None => Err(Misfit::new("not a number that fits a double")),
                },
            },
        }
    }

    fn read_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        /// What keeps a string of any length has room for a pointer and a length.
        const OF_ANY_LENGTH: usize = 2 * size_of::<usize>();
        let keeps = size_of::<V::Value>() >= OF_ANY_LENGTH;
        self.reader.take_string().visit(visitor, keeps.then_some(self.reader.budget))
    }
}

impl<'t> Raw<'t> {
    /// Hands over the text. A copy of it is paid for, if there is a budget.
    pub(super) fn visit<V: Visitor<'t>>(
        self,
        visitor: V,
        budget: Option<&Budget>,
    ) -> Result<V::Value, Misfit> {
        let borrowed = self.as_str();
        if let Some(budget) = budget {
            budget.take_block(borrowed.map_or_else(|| self.size_of_copy(), str::len))?;
        }
        match borrowed {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_string(self.text().into_owned()),
        }
    }
}

pub(super) fn visit_number<'de, V: Visitor<'de>>(
    number: Num,
    visitor: V,
) -> Result<V::Value, Misfit> {
    match number {
        Num::Unsigned(value) => visitor.visit_u64(value),
        Num::Signed(value) => visitor.visit_i64(value),
        Num::Float(value) => visitor.visit_f64(value),
    }
}

/// Whether a visitor is one of serde's for `#[serde(tag = …)]`, which would take the first item of a
/// list for the tag and fill a struct with the others. It calls itself so, and tells no other way.
fn is_tagged(visitor: &dyn Expected) -> bool {
    struct Compared(&'static str);

    impl fmt::Write for Compared {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let length = text.len().min(self.0.len());
            let (head, rest) = self.0.split_at_checked(length).ok_or(fmt::Error)?;
            self.0 = rest;
            if text.starts_with(head) { Ok(()) } else { Err(fmt::Error) }
        }
    }

    write!(Compared("internally tagged enum "), "{visitor}").is_ok()
}

impl<'de> de::Deserializer<'de> for Node<'_, 'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.read(visitor, Shape::Any)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
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
    ) -> Result<V::Value, Misfit> {
        if name == raw_value::TOKEN {
            return visitor.visit_map(raw_value::Text::of(self)?);
        }
        visitor.visit_newtype_struct(self)
    }

    /// An enum is its name, or an object with the name as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
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
                    return Err(Misfit::new(expected()));
                };
                let value = visitor.visit_enum(Variant { name, content: Some(&mut members) })?;
                members.skip_value();
                if members.next_name().is_some() {
                    return Err(Misfit::new(expected()));
                }
                Ok(value)
            }
            b'n' => Err(Misfit::new(format!("{}, found null", expected()))),
            _ => Err(Misfit::new(expected())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.read(visitor, Shape::Struct)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.read(visitor, Shape::Tuple)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.read(visitor, Shape::Tuple)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.reader.peek() != b'"' {
            return self.read(visitor, Shape::Any);
        }
        let raw = self.reader.take_string();
        self.reader.budget.take_block(raw.size_of_copy())?;
        visitor.visit_bytes(raw.text().as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.reader.skip_value();
        visitor.visit_unit()
    }

    /// The name of a variant, beside what it holds. Only a string is one: a number would be taken for
    /// the variant's place in the source.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let found = match self.reader.peek() {
            b'"' => return self.reader.take_string().visit(visitor, None),
            b'n' => Unexpected::Unit,
            b't' | b'f' => Unexpected::Bool(false),
            b'[' => Unexpected::Seq,
            b'{' => Unexpected::Map,
            _ => Unexpected::Float(0.0),
        };
        Err(Misfit::invalid_type(found, &visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        unit unit_struct seq map
    }
}

impl<'de, V: Visitor<'de>> de::DeserializeSeed<'de> for Shaped<V> {
    type Value = V::Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        match self.0 {
            Shape::Struct => deserializer.deserialize_struct("", &[], self.1),
            Shape::Any | Shape::Tuple => deserializer.deserialize_tuple(0, self.1),
        }
    }
}
