//! The position in the text of `data` while it is read, and the methods that move it.

use std::cell::Cell;

use serde::{
    de::{Deserializer, Visitor},
    forward_to_deserialize_any,
};

use super::{
    budget::Budget,
    marks::Marks,
    number::Num,
    path::Step,
    read_error::{ReadError, Result},
    scan::{byte, past_blanks, past_comma, past_value, past_word, string},
    text::Raw,
    wrapper::Parts,
};

/// The text that is being read, the position in it, and the budget that is left.
pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    pub(super) marks: &'t Marks,
    pub(super) budget: &'t Budget,
    pub(super) at: Cell<usize>,
    /// The position of the last value that serde buffered.
    pub(super) buffered: Cell<Option<usize>>,
    /// Values behind this position are replaced by an invalid one if serde buffers them.
    pub(super) invalid_behind: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8], marks: &'t Marks, budget: &'t Budget) -> Self {
        let at = Cell::new(past_blanks(text, 0));
        Self { text, marks, budget, at, buffered: Cell::new(None), invalid_behind: usize::MAX }
    }

    pub(super) fn peek(&self) -> u8 {
        byte(self.text, self.at.get())
    }

    pub(super) fn skip_value(&self) {
        self.at.set(past_value(self.text, self.at.get()));
    }

    pub(super) fn skip_comma(&self) {
        self.at.set(past_comma(self.text, self.at.get()));
    }

    pub(super) fn take_string(&self) -> Raw<'t> {
        let (raw, end) = string(self.text, self.at.get());
        self.at.set(end);
        raw
    }

    pub(super) fn take_word(&self) -> &'t [u8] {
        let (at, end) = (self.at.get(), past_word(self.text, self.at.get()));
        self.at.set(end.max(at + 1));
        self.text.get(at..end).unwrap_or_default()
    }

    /// The number of the wrapper at the current position, if there is one.
    pub(super) fn take_wrapper(&self) -> Result<Option<Num>> {
        if !self.marks.is_wrapper(self.at.get()) {
            return Ok(None);
        }
        let (parts, end) = Parts::of(self.text, self.at.get());
        let number = parts.number(self.text)?;
        self.at.set(end);
        Ok(Some(number))
    }

    /// Reads the value at the current position with `read`, and skips it if `read` did not move. Adds the position to
    /// an error, and `step` to the front of its path.
    pub(super) fn child<T>(
        &self,
        step: impl FnOnce() -> Step,
        read: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let start = self.at.get();
        let value = read(self).map_err(|error| error.found_at(self.text, start).at(step()))?;
        if self.at.get() == start {
            self.skip_value();
        }
        Ok(value)
    }
}

/// A value that no type accepts: a null inside this many nested newtypes.
pub(super) struct Invalid(pub(super) u8);

impl<'de> Deserializer<'de> for Invalid {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.checked_sub(1) {
            Some(less) => visitor.visit_newtype_struct(Self(less)),
            None => visitor.visit_unit(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
