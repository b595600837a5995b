//! Hands one value of the text to a visitor, by its kind.

use std::{any::type_name, fmt, fmt::Write as _};

use serde::de::{Error as _, Expected, Unexpected, Visitor};

use super::{
    access::{Items, Members},
    budget::{Budget, Growth},
    cause::Invalid,
    number::Num,
    reader::Reader,
    scan::Raw,
    type_mismatch::{Result, TypeMismatch},
};

/// The kind of value that a type expects, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any value. Its items and members are allocated.
    Any,
    /// P9: an object whose members are stored in the type itself. A list is refused: a policy that looks at a member by
    /// its name would not have seen it.
    Struct,
    /// A list whose items are stored in the type itself.
    Tuple,
}

/// The value at the reader's position.
#[derive(Clone, Copy)]
pub(super) struct Node<'r, 't> {
    pub(super) reader: &'r Reader<'t>,
    /// The size of the place that the value goes to. A larger type must be in a box.
    pub(super) inline: usize,
    /// Whether it is in an `Option`, which may make the place larger than the type.
    pub(super) is_optional: bool,
}

/// Whether this is the name of the type in which serde buffers a value (`tag`, `untagged`, `flatten`). If serde renames
/// it, errors lose the end of their path, and the budget is charged for more than is built.
pub(super) fn is_buffer(type_name: &str) -> bool {
    // Compilers differ on whether the lifetime is part of the name.
    type_name.strip_suffix("<'_>").unwrap_or(type_name).ends_with("::content::Content")
}

impl<'t> Node<'_, 't> {
    /// Charges the budget for a box, if the type must be in one: it is larger than its place, or its place has the
    /// size of a pointer and the type is smaller.
    pub(super) fn take_box(self, size: usize) -> Result<()> {
        const POINTER: usize = size_of::<usize>();
        let is_pointer =
            self.inline == POINTER && size < POINTER && !(self.is_optional && size == POINTER / 2);
        if size > self.inline || is_pointer {
            self.reader.budget.take_block(size)?;
        }
        Ok(())
    }

    pub(super) fn read<V: Visitor<'t>>(self, visitor: V, shape: Shape) -> Result<V::Value> {
        let reader = self.reader;
        self.take_box(size_of::<V::Value>())?;
        if is_buffer(type_name::<V::Value>()) {
            let at = reader.at.get();
            reader.buffered.set(Some(at));
            if reader.invalidates(at) {
                reader.skip_value();
                return visitor.visit_newtype_struct(Invalid(3));
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
                    return Err(TypeMismatch::invalid_type(Unexpected::Seq, &visitor));
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
                    None => Err(TypeMismatch::new("not a number that fits a double")),
                },
            },
        }
    }

    fn read_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value> {
        /// A type that stores a string of any length has at least a pointer and a length.
        const OF_ANY_LENGTH: usize = 2 * size_of::<usize>();
        let keeps = size_of::<V::Value>() >= OF_ANY_LENGTH;
        self.reader.take_string().visit(visitor, keeps.then_some(self.reader.budget))
    }
}

impl<'t> Raw<'t> {
    /// Hands the string to a visitor. If there is a budget, a copy is charged to it.
    pub(super) fn visit<V: Visitor<'t>>(
        self,
        visitor: V,
        budget: Option<&Budget>,
    ) -> Result<V::Value> {
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

pub(super) fn visit_number<'de, V: Visitor<'de>>(number: Num, visitor: V) -> Result<V::Value> {
    match number {
        Num::Unsigned(value) => visitor.visit_u64(value),
        Num::Signed(value) => visitor.visit_i64(value),
        Num::Float(value) => visitor.visit_f64(value),
    }
}

/// Whether a visitor is the one that serde generates for `#[serde(tag = …)]`, which would take the first item of a
/// list as the tag and fill a struct with the others. Only the text of its `expecting` shows it.
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

    let mut compared = Compared("internally tagged enum ");
    write!(compared, "{visitor}").is_ok() && compared.0.is_empty()
}
