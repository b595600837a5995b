//! Finds the field that does not fit, where serde does not report it. For a type with `tag`, `untagged` or `flatten`,
//! serde first buffers the value, and an error while it reads the buffer has no path. To find the path, the text is
//! read again with all values behind some position made invalid: the same error occurs if and only if its cause is not
//! behind that position. A binary search needs a few dozen such readings, so only small `data` is searched.

use serde::de::DeserializeOwned;

use super::{
    budget::Budget,
    check::check,
    marks::Marks,
    node::read,
    path::Step,
    read_error::ReadError,
    reader::Reader,
    scan::{byte, past_blanks, past_colon, past_comma, past_value, string},
};

/// In bytes. Longer `data` is not searched: its error has the path of the buffered value.
const LONGEST: usize = 16 << 10;

/// A missing member is looked for in at most this many objects, from the innermost outwards.
const MOST_OBJECTS: usize = 16;

/// The error with the whole path to its cause; unchanged if the cause is not found.
pub(super) fn find<T: DeserializeOwned>(
    first: &Reader<'_>,
    budget: usize,
    error: ReadError,
) -> ReadError {
    let (text, marks) = (first.text, first.marks);
    let Some(start) = error.position().filter(|start| first.buffered.get() >= Some(*start)) else {
        return error;
    };
    // With repeated members, values are not read in the order of the text, which the search relies on.
    if text.len() > LONGEST || !marks.repeated.is_empty() {
        return error;
    }
    let is_same = |text: &[u8], marks: &Marks, invalid_behind: usize| {
        let budget = Budget::new(budget);
        let reader = Reader { invalid_behind, ..Reader::new(text, marks, &budget) };
        read::<T>(&reader).is_err_and(|other| other == error)
    };
    let mut inside = Vec::new();
    list(text, marks, start, &mut inside);
    let steps_to = |target: usize| {
        let outer = inside.iter().filter(move |value| (value.at..value.end).contains(&target));
        outer.map(|value| value.step.clone())
    };
    // The first value for which the error stays the same if all values behind it are invalid. If there is none, the
    // cause is not a single value, as with `untagged`.
    let cause = inside.partition_point(|value| !is_same(text, marks, value.at));
    let Some(cause) = inside.get(cause).map(|value| value.at) else {
        return error;
    };
    let Some(member) = error.missing() else {
        // If the same error occurs with the whole value invalid, its content is not the cause.
        if is_same(text, marks, start) {
            return error;
        }
        return error.further_in(steps_to(cause));
    };
    // Adds the missing member at the end of an object. It is behind the cause there, so its value is read as invalid.
    // The error changes only if the member was missing in that object. `Debug` writes a name as JSON does, apart from
    // control characters.
    let added = format!("{member:?}:0");
    let objects = inside.iter().rev().filter(|value| (value.at..value.end).contains(&cause));
    let objects = objects.filter(|value| byte(text, value.at) == b'{');
    for object in objects.take(MOST_OBJECTS) {
        let (head, tail) = text.split_at_checked(object.end - 1).unwrap_or_default();
        // The added member needs no comma before it: `past_comma` accepts that.
        let longer = [head, added.as_bytes(), tail].concat();
        let Ok(marks) = check(&longer, &Budget::new(usize::MAX)) else {
            return error;
        };
        if !is_same(&longer, &marks, cause) {
            return error.further_in(steps_to(object.at));
        }
    }
    error
}

/// A value inside the buffered one.
struct Value {
    at: usize,
    /// The position behind the value.
    end: usize,
    step: Step,
}

/// Lists the values inside the one at `at`, in the order of the text.
fn list(text: &[u8], marks: &Marks, at: usize, found: &mut Vec<Value>) {
    let is_object = byte(text, at) == b'{';
    if marks.is_wrapper(at) || !(is_object || byte(text, at) == b'[') {
        return;
    }
    let mut next = past_blanks(text, at + 1);
    for index in 0.. {
        if matches!(byte(text, next), b']' | b'}' | 0) {
            return;
        }
        let name = is_object.then(|| string(text, next));
        let at = name.map_or(next, |(_, end)| past_colon(text, end));
        let end = past_value(text, at);
        let step = name.map_or(Step::Index(index), |(name, _)| name.step());
        found.push(Value { at, end, step });
        list(text, marks, at, found);
        next = past_comma(text, end);
    }
}
