//! The errors of reading `data`: which value is refused, and why. A message contains names of types and of members,
//! but no values: serde_json's own errors quote the value found, which must not reach a client or the log.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{
    super::error::HttpsError,
    path::{Path, Step},
};

/// Why `data` could not be read: which field is wrong, and what is wrong with it. Never contains the field's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct DataError {
    /// Path from the envelope, such as `data.items[2].price`.
    field: String,
    pub(super) problem: String,
}

impl DataError {
    /// P8, P9, DIFFERENCE: INVALID_ARGUMENT with the field's path, where the reference says INTERNAL.
    #[must_use]
    pub fn into_https_error(self) -> HttpsError {
        HttpsError::invalid_field(&self.field, &self.problem)
    }
}

/// A [`DataError`] whose path is not complete yet: each level of the text adds a step as it returns the error. Boxed,
/// because each level moves it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.problem)]
pub(super) struct ReadError(Box<Inner>);

/// The result of reading a part of `data`.
pub(super) type Result<T, E = ReadError> = std::result::Result<T, E>;

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    path: Path,
    /// The position of the innermost value that was being read when the error occurred.
    position: Option<usize>,
    problem: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// One value is refused. Its path and the problem describe the error.
    Value,
    /// A type refused the value with its own message, which was dropped. `, found null` may still have to be added.
    Custom,
    /// A member of this name is missing.
    Missing(&'static str),
    /// `data` as a whole is refused. The error gets no path.
    Whole,
}

impl ReadError {
    fn of_kind(kind: Kind, problem: impl Into<String>) -> Self {
        let (path, problem) = (Path::default(), problem.into());
        Self(Box::new(Inner { path, position: None, problem, kind }))
    }

    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self::of_kind(Kind::Value, problem)
    }

    /// The error of `data` as a whole. It gets no path.
    pub(super) fn of_all_data(problem: impl Into<String>) -> Self {
        Self::of_kind(Kind::Whole, problem)
    }

    pub(super) fn over_budget() -> Self {
        Self::of_all_data("would take more memory than a call may use")
    }

    pub(super) fn not_a_double() -> Self {
        Self::new("not a number that fits a double")
    }

    /// The error for a member name that the type of a map's keys does not accept.
    pub(super) fn name(expected: &dyn Expected) -> Self {
        Self::new(format!("the name is not {}", plain(expected)))
    }

    /// Adds a step to the front of the path.
    pub(super) fn at(mut self, step: Step) -> Self {
        if self.0.kind != Kind::Whole {
            self.0.path.0.push(step);
        }
        self
    }

    /// Adds steps to the end of the path.
    pub(super) fn further_in(mut self, steps: impl Iterator<Item = Step>) -> Self {
        steps.for_each(|step| self.0.path.0.insert(0, step));
        self
    }

    /// Notes that the error occurred in the value at this position, or in one inside it.
    pub(super) fn found_at(mut self, text: &[u8], at: usize) -> Self {
        self.0.position.get_or_insert(at);
        if self.0.kind == Kind::Custom {
            self.0.kind = Kind::Value;
            if text.get(at) == Some(&b'n') {
                self.0.problem.push_str(", found null");
            }
        }
        self
    }

    pub(super) fn position(&self) -> Option<usize> {
        self.0.position
    }

    pub(super) fn missing(&self) -> Option<&'static str> {
        if let Kind::Missing(member) = self.0.kind { Some(member) } else { None }
    }

    pub(super) fn into_data_error(self) -> DataError {
        let missing = self.missing().map(|member| Step::Member(member.to_owned()));
        let Inner { path, problem, .. } = *self.further_in(missing.into_iter()).0;
        DataError { field: path.to_string(), problem }
    }
}

impl de::Error for ReadError {
    /// A type's own message may quote the value, so it is dropped.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::of_kind(Kind::Custom, "not in the expected form")
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {}", plain(expected), kind(found)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}", plain(expected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {length} items", plain(expected)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("has an unknown member; known are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of_kind(Kind::Missing(field), "missing")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("has the member {field} twice"))
    }
}

/// The expected value in words for a front-end developer, without Rust type names.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    macro_rules! in_words {
        ($($integer:ident)*) => {
            match text.as_str() {
                $(stringify!($integer) => {
                    return format!("a whole number from {} to {}", $integer::MIN, $integer::MAX);
                })*
                "a map" => "an object",
                "a sequence" => "a list",
                "unit" => "null",
                "f32" | "f64" => "a number",
                "variant identifier" => "one of the known names",
                _ if begins(&["struct ", "internally tagged enum ", "adjacently tagged enum "]) => {
                    "an object"
                }
                _ if begins(&["tuple ", "a tuple ", "an array "]) => "a list",
                _ if begins(&["unit struct "]) => "null",
                _ if begins(&["enum "]) => "one of the known names",
                _ => return text,
            }
        };
    }
    in_words!(u8 u16 u32 u64 usize u128 i8 i16 i32 i64 isize i128).to_owned()
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}
