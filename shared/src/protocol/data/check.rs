//! Checks valid JSON text for its depth and the range of its numbers, and marks 64-bit wrappers and repeated members.
//! For ordinary `data` it allocates only a list of the names in the objects that are not closed yet.

use super::{
    budget::Budget,
    marks::{Marks, Name, PROTO, mark_repeated, position, put},
    number::Num,
    path::Step,
    read_error::{ReadError, Result},
    scan::{byte, past_blanks, past_colon, past_comma, past_value, past_word, string},
    wrapper::Parts,
};

/// How deep `data` may nest. The reference overflows its stack somewhere past 200 levels. This limit keeps every
/// recursion (checking, building, dropping) within a small stack.
pub const MAX_DEPTH: usize = 256;

/// P8, DIFFERENCE: serde_json parses the string in a member whose name begins like this as JSON text, so that a handler
/// would get data that no policy has seen. The reference treats such a name like any other.
const RESERVED: &[u8] = b"$serde_json::private::";

/// Checks `text`, which must be one JSON value, and marks wrappers and repeated members.
pub(super) fn check(text: &[u8], budget: &Budget) -> Result<Marks> {
    if u32::try_from(text.len()).is_err() {
        return Err(ReadError::over_budget());
    }
    let mut checker = Checker { text, budget, names: Vec::new(), marks: Marks::default() };
    checker.value(past_blanks(text, 0), 0)?;
    let mut marks = checker.marks;
    // An object's marks were added at its end, so those of inner objects come first.
    marks.wrappers.sort_unstable();
    marks.repeated.sort_unstable_by_key(|repeated| repeated.name);
    Ok(marks)
}

struct Checker<'t> {
    text: &'t [u8],
    budget: &'t Budget,
    /// The member names of all open objects. Those of the innermost object are last.
    names: Vec<Name>,
    marks: Marks,
}

impl Checker<'_> {
    /// Checks the value at `at`, and returns the position behind it.
    fn value(&mut self, at: usize, depth: usize) -> Result<usize> {
        match byte(self.text, at) {
            b'"' => Ok(string(self.text, at).1),
            b'{' if depth < MAX_DEPTH => self.object(at, depth + 1),
            b'[' if depth < MAX_DEPTH => self.list(at, depth + 1),
            b'{' | b'[' => {
                Err(ReadError::of_all_data(format!("nested deeper than {MAX_DEPTH} levels")))
            }
            b'-' | b'0'..=b'9' => {
                let end = past_word(self.text, at);
                let token = self.text.get(at..end).unwrap_or_default();
                if Num::is_in_range(token) { Ok(end) } else { Err(ReadError::not_a_double()) }
            }
            _ => Ok(past_word(self.text, at).max(at + 1)),
        }
    }

    fn list(&mut self, at: usize, depth: usize) -> Result<usize> {
        let mut at = past_blanks(self.text, at + 1);
        let mut index = 0;
        while !matches!(byte(self.text, at), b']' | 0) {
            let end = self.value(at, depth).map_err(|error| error.at(Step::Index(index)))?;
            at = past_comma(self.text, end);
            index += 1;
        }
        Ok(at + 1)
    }

    fn object(&mut self, object: usize, depth: usize) -> Result<usize> {
        let first = self.names.len();
        let mut parts = Parts::default();
        let mut at = past_blanks(self.text, object + 1);
        while byte(self.text, at) == b'"' {
            let (name, end) = string(self.text, at);
            let value = past_colon(self.text, end);
            if name.is(PROTO) {
                at = past_comma(self.text, past_value(self.text, value));
                continue;
            }
            let may_be_reserved = name.bytes.first() == Some(&b'$') || name.has_escapes;
            if may_be_reserved && name.resolved().take(RESERVED.len()).eq(RESERVED.iter().copied())
            {
                return Err(ReadError::new("a reserved name").at(name.step()));
            }
            put(&mut self.names, Name::new(at, name), self.budget)?;
            parts.note(name, value);
            let end = self.value(value, depth).map_err(|error| error.at(name.step()))?;
            at = past_comma(self.text, end);
        }
        if parts.is_wrapper(self.text) {
            put(&mut self.marks.wrappers, position(object), self.budget)?;
            self.marks.has_bad_wrapper |= parts.number(self.text).is_err();
        }
        let names = self.names.get(first..).unwrap_or_default();
        mark_repeated(self.text, names, at, &mut self.marks.repeated, self.budget)?;
        self.names.truncate(first);
        Ok(at + 1)
    }
}
