//! Checks valid JSON text for its depth and the range of its numbers, and marks the few places that do not mean what
//! they say (64-bit wrappers, repeated members). For ordinary `data` it allocates only a list of the names in open
//! objects.

use super::{
    DataError, MAX_DEPTH,
    budget::{Budget, OverBudget},
    number::Num,
    path::{Path, Step},
    repeated::{self, Name, Repeated},
    scan::{byte, past_blanks, past_colon, past_comma, past_value, past_word, string},
    wrapper::Parts,
};

/// Places where the text does not mean what it says, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Positions of the objects that are wrappers.
    pub(super) wrappers: Vec<u32>,
    /// Members whose name stands more than once in their object.
    pub(super) repeated: Vec<Repeated>,
    /// One of the wrappers holds no number, or is of an unknown type.
    pub(super) has_bad_wrapper: bool,
}

impl Marks {
    /// The memory of the marks, in bytes.
    pub(super) fn size(&self) -> usize {
        self.wrappers.capacity() * size_of::<u32>()
            + self.repeated.capacity() * size_of::<Repeated>()
    }

    pub(super) fn is_wrapper(&self, at: usize) -> bool {
        !self.wrappers.is_empty()
            && u32::try_from(at).is_ok_and(|at| self.wrappers.binary_search(&at).is_ok())
    }

    pub(super) fn repeated(&self, name: usize) -> Option<Repeated> {
        if self.repeated.is_empty() {
            return None;
        }
        let name = u32::try_from(name).ok()?;
        let found = self.repeated.binary_search_by_key(&name, |repeated| repeated.name);
        found.ok().and_then(|index| self.repeated.get(index)).copied()
    }
}

/// P10: a member of this name is dropped.
pub(super) const PROTO: &str = "__proto__";

/// P8, DIFFERENCE: serde_json parses the string in such a member as JSON text, so that a handler would
/// get data that no policy has seen. The reference treats it like any other name.
const RESERVED: &[u8] = b"$serde_json::private::";

/// Checks `text`, which must be one JSON value, and marks wrappers and repeated members.
pub(super) fn check(text: &[u8], budget: &Budget) -> Result<Marks, DataError> {
    if u32::try_from(text.len()).is_err() {
        return Err(DataError::over_budget());
    }
    let mut checker =
        Checker { text, budget, names: Vec::new(), marks: Marks::default(), path: Path::default() };
    match checker.value(past_blanks(text, 0), 0) {
        Ok(_) => {
            let mut marks = checker.marks;
            // They were added as their objects ended, the inner ones first.
            marks.wrappers.sort_unstable();
            marks.repeated.sort_unstable_by_key(|repeated| repeated.name);
            Ok(marks)
        }
        Err(CheckError::Number) => {
            Err(DataError::new(checker.path, "not a number that fits a double"))
        }
        Err(CheckError::Reserved) => Err(DataError::new(checker.path, "a reserved name")),
        Err(CheckError::TooDeep) => {
            Err(DataError::new("data", format!("nested deeper than {MAX_DEPTH} levels")))
        }
        Err(CheckError::OverBudget) => Err(DataError::over_budget()),
    }
}

#[derive(Debug, Clone, Copy)]
enum CheckError {
    Number,
    Reserved,
    TooDeep,
    OverBudget,
}

impl From<OverBudget> for CheckError {
    fn from(OverBudget: OverBudget) -> Self {
        Self::OverBudget
    }
}

struct Checker<'t> {
    text: &'t [u8],
    budget: &'t Budget,
    /// The names of the open objects, the innermost object's last.
    names: Vec<Name>,
    marks: Marks,
    /// The path to the error.
    path: Path,
}

impl Checker<'_> {
    /// Checks the value at `at`, and yields the position behind it.
    fn value(&mut self, at: usize, depth: usize) -> Result<usize, CheckError> {
        match byte(self.text, at) {
            b'"' => Ok(string(self.text, at).1),
            b'{' if depth < MAX_DEPTH => self.object(at, depth + 1),
            b'[' if depth < MAX_DEPTH => self.list(at, depth + 1),
            b'{' | b'[' => Err(CheckError::TooDeep),
            b'-' | b'0'..=b'9' => {
                let end = past_word(self.text, at);
                let number = Num::of_json(self.text.get(at..end).unwrap_or_default());
                number.map(|_| end).ok_or(CheckError::Number)
            }
            _ => Ok(past_word(self.text, at).max(at + 1)),
        }
    }

    fn list(&mut self, at: usize, depth: usize) -> Result<usize, CheckError> {
        let mut at = past_blanks(self.text, at + 1);
        let mut index = 0;
        while !matches!(byte(self.text, at), b']' | 0) {
            let end = self.value(at, depth).inspect_err(|_| {
                self.path.push_outer(Step::Index(index));
            })?;
            at = past_comma(self.text, end);
            index += 1;
        }
        Ok(at + 1)
    }

    fn object(&mut self, object: usize, depth: usize) -> Result<usize, CheckError> {
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
            if name.bytes.first() == Some(&b'$') || name.has_escapes {
                let mut resolved = name.resolved();
                if RESERVED.iter().all(|byte| resolved.next() == Some(*byte)) {
                    self.path.push_outer(Step::Member(name.text().into_owned()));
                    return Err(CheckError::Reserved);
                }
            }
            put(&mut self.names, Name::new(at, name), self.budget)?;
            parts.note(name, value);
            let end = self.value(value, depth).inspect_err(|_| {
                self.path.push_outer(Step::Member(name.text().into_owned()));
            })?;
            at = past_comma(self.text, end);
        }
        if parts.is_wrapper(self.text) {
            put(&mut self.marks.wrappers, position(object), self.budget)?;
            self.marks.has_bad_wrapper |= parts.number(self.text).is_err();
        }
        let names = self.names.get(first..).unwrap_or_default();
        repeated::mark(self.text, names, at, &mut self.marks.repeated, self.budget)?;
        self.names.truncate(first);
        Ok(at + 1)
    }
}

/// Appends to a list. If the list must grow, the budget is charged first.
pub(super) fn put<T>(list: &mut Vec<T>, item: T, budget: &Budget) -> Result<(), OverBudget> {
    if list.len() == list.capacity() {
        budget.take_block(list.len().max(4).saturating_mul(size_of::<T>()))?;
    }
    list.push(item);
    Ok(())
}

/// A position in four bytes: the text is shorter than 4 GiB.
pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
