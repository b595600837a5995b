//! Reads the text of `data`: holds the position reached, and yields the value there.

use std::cell::Cell;

use super::{
    budget::Budget,
    cause::Probe,
    check::Marks,
    node::Node,
    number::Num,
    scan::{Raw, byte, past_blanks, past_value, past_word, string},
    type_mismatch::{Result, TypeMismatch},
    wrapper::Parts,
};

/// Text that is being read: the position reached, and the budget that is left.
pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    pub(super) marks: &'t Marks,
    pub(super) budget: &'t Budget,
    pub(super) at: Cell<usize>,
    /// The position of the last value that serde buffered.
    pub(super) buffered: Cell<Option<usize>>,
    probe: Option<Probe>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8], marks: &'t Marks, budget: &'t Budget) -> Self {
        let at = Cell::new(past_blanks(text, 0));
        Self { text, marks, budget, at, buffered: Cell::new(None), probe: None }
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

    /// Whether a probe makes a buffered value at this position invalid.
    pub(super) fn invalidates(&self, at: usize) -> bool {
        match self.probe {
            None => false,
            Some(Probe::InvalidBehind(position)) => at > position,
            // An added member has no text of its own.
            Some(Probe::WithMember(..)) => byte(self.text, at) == b'}',
        }
    }

    /// The whole value. Its place is not charged: the caller has it already.
    pub(super) fn root(&self) -> Node<'_, 't> {
        Node { reader: self, inline: usize::MAX, is_optional: false }
    }

    /// The value at the current position, which goes to a place of this size.
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

    pub(super) fn take_word(&self) -> &'t [u8] {
        let (at, end) = (self.at.get(), past_word(self.text, self.at.get()));
        self.at.set(end.max(at + 1));
        self.text.get(at..end).unwrap_or_default()
    }

    /// The number of the wrapper that comes next, if one does.
    pub(super) fn take_wrapper(&self) -> Result<Option<Num>> {
        if !self.marks.is_wrapper(self.at.get()) {
            return Ok(None);
        }
        let (parts, end) = Parts::of(self.text, self.at.get());
        let number = parts.number(self.text).map_err(TypeMismatch::new)?;
        self.at.set(end);
        Ok(Some(number))
    }
}
