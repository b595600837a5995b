//! Moves a reader from item to item of a list, or from member to member of an object. Each value is charged to the
//! budget before it is read.

use super::{
    budget::Growth,
    marks::PROTO,
    path::Step,
    read_error::{ReadError, Result},
    reader::Reader,
    scan::{past_blanks, past_colon},
    text::Raw,
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

    /// Reads the next item; `None` at the end of the list.
    pub(super) fn next<T>(
        &mut self,
        read: impl FnOnce(&Reader<'t>) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.is_at_end() {
            return Ok(None);
        }
        if let Some(growth) = &mut self.growth {
            growth.take_one(self.reader.budget, size_of::<T>())?;
        }
        let item = self.reader.child(|| Step::Index(self.index), read)?;
        self.index += 1;
        self.reader.skip_comma();
        Ok(Some(item))
    }

    /// Moves behind the closing bracket. Fails if items are left.
    pub(super) fn end(self) -> Result<()> {
        let mut found = self.index;
        while !self.is_at_end() {
            self.reader.skip_value();
            self.reader.skip_comma();
            found += 1;
        }
        self.reader.at.set(self.reader.at.get() + 1);
        if found == self.index {
            return Ok(());
        }
        Err(ReadError::new(format!("expected a list of {} items, found {found}", self.index)))
    }
}

/// The members of the object at the reader's position, without those that are dropped (repeated, `__proto__`).
pub(super) struct Members<'r, 't> {
    pub(super) reader: &'r Reader<'t>,
    growth: Option<Growth>,
    /// The size of a key in memory.
    pub(super) key_size: usize,
    /// The name of the member whose value is at the reader's position.
    name: Option<Raw<'t>>,
    /// Where reading continues after the value, if not directly behind it.
    resume: Option<usize>,
}

impl<'r, 't> Members<'r, 't> {
    pub(super) fn new(reader: &'r Reader<'t>, growth: Option<Growth>) -> Self {
        reader.at.set(past_blanks(reader.text, reader.at.get() + 1));
        Self { reader, growth, key_size: 0, name: None, resume: None }
    }

    /// Moves to the value of the next member, and returns its name; `None` at the end of the object. Skips the previous
    /// value if it was not read.
    pub(super) fn next_name(&mut self) -> Option<Raw<'t>> {
        let reader = self.reader;
        if self.name.is_some() {
            reader.skip_value();
            self.go_on();
        }
        loop {
            let start = reader.at.get();
            if reader.peek() != b'"' {
                return None;
            }
            let name = reader.take_string();
            reader.at.set(past_colon(reader.text, reader.at.get()));
            if name.is(PROTO) {
                reader.skip_value();
                reader.skip_comma();
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
            self.name = Some(name);
            return self.name;
        }
    }

    /// Moves from behind a value to the next member.
    fn go_on(&mut self) {
        self.name = None;
        match self.resume.take() {
            Some(next) => self.reader.at.set(next),
            None => self.reader.skip_comma(),
        }
    }

    /// Reads the value of the member whose name was returned last.
    pub(super) fn value<T>(&mut self, read: impl FnOnce(&Reader<'t>) -> Result<T>) -> Result<T> {
        let Some(name) = self.name else {
            return Err(ReadError::new("a value without a name"));
        };
        if let Some(growth) = &mut self.growth {
            growth.take_one(self.reader.budget, size_of_pair(self.key_size, size_of::<T>()))?;
        }
        let value = self.reader.child(|| name.step(), read)?;
        self.go_on();
        Ok(value)
    }

    /// Moves behind the closing bracket. Fails if members are left.
    pub(super) fn end(mut self) -> Result<()> {
        if self.next_name().is_some() {
            return Err(ReadError::new("has more members than expected"));
        }
        self.reader.at.set(self.reader.at.get() + 1);
        Ok(())
    }
}

/// The size of a pair of key and value. Each is assumed to be aligned to its size, but to at most eight bytes.
fn size_of_pair(key: usize, value: usize) -> usize {
    let alignment = key.max(value).next_power_of_two().min(8);
    key.saturating_add(value).next_multiple_of(alignment)
}
