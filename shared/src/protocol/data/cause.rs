//! Finds which field does not fit, where serde does not say. For a type with `tag`, `untagged` or `flatten`, serde
//! first buffers the value, and an error while it reads the buffer has no path. To find the path, the text is read
//! again with everything behind some position made invalid: the same error comes up if and only if its cause is before
//! that position. A binary search needs a few dozen such readings, so that only small `data` is searched.

use serde::{
    de::{DeserializeOwned, Deserializer, Visitor},
    forward_to_deserialize_any,
};

use super::{
    budget::Budget,
    check::Marks,
    path::Step,
    reader::Reader,
    scan::{byte, past_blanks, past_colon, past_comma, past_value, string},
    type_mismatch::{Result, TypeMismatch},
};

/// For longer `data` the error has the path of the buffered value.
const LONGEST: usize = 16 << 10;

/// The number of objects, from the innermost outwards, in which a missing member is looked for.
const MOST_OBJECTS: usize = 16;

/// The change to the data when it is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// Buffered values behind this position are invalid.
    InvalidBehind(usize),
    /// The object at this position has one more member, with this name and an invalid value.
    WithMember(usize, &'static str),
}

/// The same mismatch with the path to its cause.
pub(super) fn find<T: DeserializeOwned>(
    first: &Reader<'_>,
    budget: usize,
    mismatch: TypeMismatch,
) -> TypeMismatch {
    let (text, marks) = (first.text, first.marks);
    let buffered = first.buffered.get();
    let Some(start) =
        mismatch.position().filter(|start| buffered.is_some_and(|buffered| buffered >= *start))
    else {
        return mismatch;
    };
    // With repeated members the order of reading is not that of the text.
    if text.len() > LONGEST || !marks.repeated.is_empty() {
        return mismatch;
    }
    let is_same = |probe| {
        let budget = Budget::new(budget);
        let reader = Reader::probing(text, marks, &budget, probe);
        let whole = reader.at.get();
        T::deserialize(reader.root()).is_err_and(|other| other.found_at(text, whole) == mismatch)
    };
    let mut inside = Vec::new();
    list(text, marks, start, &mut inside);
    // If none is found, the cause is not a single value, as with `untagged`.
    let cause = inside.partition_point(|(at, _)| !is_same(Probe::InvalidBehind(*at)));
    let Some((cause, _)) = inside.get(cause).copied() else {
        return mismatch;
    };
    let Some(member) = mismatch.missing() else {
        // If the same error comes up with the whole value invalid, its content is not the cause.
        if is_same(Probe::InvalidBehind(start)) {
            return mismatch;
        }
        return mismatch.further_in(steps(text, start, cause));
    };
    let objects = inside.iter().rev().filter(|(at, end)| (*at..*end).contains(&cause));
    let objects = objects.filter(|(at, _)| byte(text, *at) == b'{');
    for (object, _) in objects.take(MOST_OBJECTS) {
        if !is_same(Probe::WithMember(*object, member)) {
            return mismatch.further_in(steps(text, start, *object));
        }
    }
    mismatch
}

/// Lists the values inside the one at `at`, each with the position behind it, in the order of the text.
fn list(text: &[u8], marks: &Marks, at: usize, found: &mut Vec<(usize, usize)>) {
    if marks.is_wrapper(at) {
        return;
    }
    for (_, at, end) in (Children { text, at: first_child(text, at), index: 0 }) {
        found.push((at, end));
        list(text, marks, at, found);
    }
}

/// The path from the value at `at` to the one inside it at `target`.
fn steps(text: &[u8], mut at: usize, target: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    while at < target {
        let mut children = Children { text, at: first_child(text, at), index: 0 };
        let Some((step, child, _)) = children.find(|(_, _, end)| target < *end) else {
            break;
        };
        steps.push(step);
        at = child;
    }
    steps
}

fn first_child(text: &[u8], at: usize) -> usize {
    match byte(text, at) {
        b'{' | b'[' => past_blanks(text, at + 1),
        _ => text.len(),
    }
}

/// The items of a list, or the values of an object's members: the step to each, its start and its end.
struct Children<'t> {
    text: &'t [u8],
    at: usize,
    index: usize,
}

impl Iterator for Children<'_> {
    type Item = (Step, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.text;
        let (name, behind) = match byte(text, self.at) {
            b']' | b'}' | 0 => return None,
            b'"' => string(text, self.at),
            _ => (string(text, self.at).0, text.len()),
        };
        let is_member = byte(text, past_blanks(text, behind)) == b':';
        let (step, at) = if is_member {
            (Step::Member(name.text().into_owned()), past_colon(text, behind))
        } else {
            (Step::Index(self.index), self.at)
        };
        let end = past_value(text, at);
        self.at = past_comma(text, end);
        self.index += 1;
        Some((step, at, end))
    }
}

/// A value that no type accepts: a newtype of a newtype, and so on.
pub(super) struct Invalid(pub(super) u8);

impl<'de> Deserializer<'de> for Invalid {
    type Error = TypeMismatch;

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
