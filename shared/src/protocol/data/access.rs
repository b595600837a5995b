//! Hands the items of a list or the members of an object to a type, one after the other. Each is charged to the budget
//! before it is built. An error collects its path on its way out.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::{
    budget::Growth,
    check::PROTO,
    key::Key,
    path::Step,
    reader::Reader,
    scan::{Raw, past_blanks, past_colon, past_comma},
    type_mismatch::{Result, TypeMismatch},
};

/// The items of the list at the reader's position.
pub(super) struct Items<'r, 't> {
    reader: &'r Reader<'t>,
    growth: Option<Growth>,
    index: usize,
}

impl<'r, 't> Items<'r, 't> {
    pub(super) fn new(reader: &'r Reader<'t>, growth: Option<Growth>) -> Self {
        reader.at.set(past_blanks(reader.text, reader.at.get() + 1));
        Self { reader, growth, index: 0 }
    }

    fn is_at_end(&self) -> bool {
        matches!(self.reader.peek(), b']' | 0)
    }

    /// Moves behind the closing bracket. Fails if items are left.
    pub(super) fn end(self) -> Result<()> {
        let mut found = self.index;
        while !self.is_at_end() {
            self.reader.skip_value();
            self.reader.at.set(past_comma(self.reader.text, self.reader.at.get()));
            found += 1;
        }
        self.reader.at.set(self.reader.at.get() + 1);
        if found == self.index {
            return Ok(());
        }
        Err(TypeMismatch::new(format!("expected a list of {} items, found {found}", self.index)))
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = TypeMismatch;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.is_at_end() {
            return Ok(None);
        }
        let reader = self.reader;
        let size = size_of::<S::Value>();
        if let Some(growth) = &mut self.growth {
            growth.take_one(reader.budget, size)?;
        }
        let start = reader.at.get();
        let value = seed.deserialize(reader.node(size)).map_err(|mismatch| {
            mismatch.found_at(reader.text, start).at(Step::Index(self.index))
        })?;
        if reader.at.get() == start {
            reader.skip_value(); // the type did not read it
        }
        self.index += 1;
        reader.at.set(past_comma(reader.text, reader.at.get()));
        Ok(Some(value))
    }
}

/// The members of the object at the reader's position, without those that do not count (repeated, `__proto__`).
pub(super) struct Members<'r, 't> {
    reader: &'r Reader<'t>,
    growth: Option<Growth>,
    /// The size of a key in memory.
    key_size: usize,
    name: Raw<'t>,
    /// Whether the value of `name` is still to be read.
    has_value: bool,
    /// Where reading continues after the value, if not right behind it.
    resume: Option<usize>,
    /// The name of the member that a probe adds.
    added: Option<&'static str>,
    is_closed: bool,
}

impl<'r, 't> Members<'r, 't> {
    pub(super) fn new(reader: &'r Reader<'t>, growth: Option<Growth>) -> Self {
        let added = reader.added_member(reader.at.get());
        reader.at.set(past_blanks(reader.text, reader.at.get() + 1));
        let name = Raw { bytes: &[], has_escapes: false };
        Self {
            reader,
            growth,
            key_size: 0,
            name,
            has_value: false,
            resume: None,
            added,
            is_closed: false,
        }
    }

    /// The name of the next member that counts, with the reader at its value; `None` at the end, with the reader behind
    /// the object.
    pub(super) fn next_name(&mut self) -> Option<Raw<'t>> {
        let reader = self.reader;
        if self.is_closed {
            return None;
        }
        self.skip_value();
        loop {
            let start = reader.at.get();
            if reader.peek() != b'"' {
                if let Some(added) = self.added.take() {
                    self.name = Raw { bytes: added.as_bytes(), has_escapes: false };
                    self.resume = Some(start);
                    self.has_value = true;
                    return Some(self.name);
                }
                reader.at.set(start + 1);
                self.is_closed = true;
                return None;
            }
            self.name = reader.take_string();
            reader.at.set(past_colon(reader.text, reader.at.get()));
            self.resume = None;
            if self.name.is(PROTO) {
                reader.skip_value();
                reader.at.set(past_comma(reader.text, reader.at.get()));
                continue;
            }
            if let Some(repeated) = reader.marks.repeated(start) {
                if repeated.value == 0 {
                    reader.at.set(repeated.next as usize);
                    continue;
                }
                reader.at.set(repeated.value as usize);
                self.resume = Some(repeated.next as usize);
            }
            self.has_value = true;
            return Some(self.name);
        }
    }

    /// Goes on to the next member, if the value was not taken.
    pub(super) fn skip_value(&mut self) {
        if self.has_value {
            self.has_value = false;
            if self.resume.is_none() {
                self.reader.skip_value();
            }
            self.go_on();
        }
    }

    fn go_on(&mut self) {
        let behind = || past_comma(self.reader.text, self.reader.at.get());
        self.reader.at.set(self.resume.take().unwrap_or_else(behind));
    }

    /// Whether the value is a null.
    pub(super) fn is_null(&self) -> bool {
        self.reader.peek() == b'n'
    }

    pub(super) fn step(&self) -> Step {
        Step::Member(self.name.text().into_owned())
    }

    pub(super) fn value<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value> {
        let reader = self.reader;
        if !self.has_value {
            return Err(TypeMismatch::new("a value without a name"));
        }
        let size = size_of::<S::Value>();
        if let Some(growth) = &mut self.growth {
            growth.take_one(reader.budget, size_of_pair(self.key_size, size))?;
        }
        let start = reader.at.get();
        let value = seed
            .deserialize(reader.node(size))
            .map_err(|mismatch| mismatch.found_at(reader.text, start).at(self.step()))?;
        if reader.at.get() == start {
            reader.skip_value(); // the type did not read it
        }
        self.has_value = false;
        self.go_on();
        Ok(value)
    }

    /// Moves behind the closing bracket. Fails if members are left.
    pub(super) fn end(mut self) -> Result<()> {
        match self.next_name() {
            None => Ok(()),
            Some(_) => Err(TypeMismatch::new("has more members than expected")),
        }
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = TypeMismatch;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(name) = self.next_name() else {
            return Ok(None);
        };
        self.key_size = size_of::<S::Value>();
        let key = Key { name, budget: self.reader.budget };
        seed.deserialize(key).map(Some).map_err(|mismatch| mismatch.at(self.step()))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        self.value(seed)
    }
}

/// The size of a key and a value side by side. Each is aligned to its size, but to eight bytes at most.
fn size_of_pair(key: usize, value: usize) -> usize {
    let alignment = key.max(value).next_power_of_two().min(8);
    key.saturating_add(value).next_multiple_of(alignment)
}
