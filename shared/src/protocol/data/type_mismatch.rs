//! The error of a value that does not fit a type. It names types and the author's own names only: serde_json's error
//! repeats the value that it found, which must not reach a client or the log.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::{
    DataError,
    budget::OverBudget,
    path::{Path, Step},
    scan::byte,
};

/// Why a value does not fit, and where it is. Boxed: it is moved through every level as it is returned.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.problem)]
pub(super) struct TypeMismatch(Box<Inner>);

/// The result of reading a type.
pub(super) type Result<T, E = TypeMismatch> = std::result::Result<T, E>;

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    path: Path,
    /// The position of the innermost value that was being read when the error came up.
    position: Option<usize>,
    missing: Option<&'static str>,
    problem: String,
    is_over_budget: bool,
    /// Whether the type refused the value by itself: `, found null` may still be added.
    is_custom: bool,
}

impl TypeMismatch {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            path: Path::default(),
            position: None,
            missing: None,
            problem: problem.into(),
            is_over_budget: false,
            is_custom: false,
        }))
    }

    /// Adds a step to the front of the path.
    pub(super) fn at(mut self, step: Step) -> Self {
        self.0.path.push_outer(step);
        self
    }

    /// Notes that the error came up in the value at this position, or in one inside it.
    pub(super) fn found_at(mut self, text: &[u8], at: usize) -> Self {
        self.0.position.get_or_insert(at);
        if std::mem::take(&mut self.0.is_custom) && byte(text, at) == b'n' {
            self.0.problem.push_str(", found null");
        }
        self
    }

    pub(super) fn position(&self) -> Option<usize> {
        self.0.position
    }

    pub(super) fn missing(&self) -> Option<&'static str> {
        self.0.missing
    }

    /// Adds steps to the end of the path.
    pub(super) fn further_in(mut self, steps: Vec<Step>) -> Self {
        for step in steps {
            self.0.path.push_inner(step);
        }
        self
    }

    pub(super) fn into_data_error(self) -> DataError {
        let Inner { mut path, missing, problem, is_over_budget, .. } = *self.0;
        if is_over_budget {
            return DataError::over_budget();
        }
        if let Some(member) = missing {
            path.push_inner(Step::Member(member.to_owned()));
        }
        DataError::new(path, problem)
    }

    /// The error for the name of a member that the key's type does not accept.
    pub(super) fn name(expected: &dyn Expected) -> Self {
        Self::new(format!("the name is not {}", plain(expected)))
    }
}

impl From<OverBudget> for TypeMismatch {
    fn from(_: OverBudget) -> Self {
        let mut mismatch = Self::new(String::new());
        mismatch.0.is_over_budget = true;
        mismatch
    }
}

impl de::Error for TypeMismatch {
    /// A type's own message may quote the value, so it is not passed on.
    fn custom<T: fmt::Display>(_: T) -> Self {
        let mut mismatch = Self::new("not in the expected form");
        mismatch.0.is_custom = true;
        mismatch
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
        Self::new(format!("expected {}", one_of(expected)))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("has an unknown member; known are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        let mut mismatch = Self::new("missing");
        mismatch.0.missing = Some(field);
        mismatch
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("has the member {field} twice"))
    }
}

pub(super) fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}

/// The expected value in words for a front-end developer, without Rust type names.
fn plain(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    if let Some((least, most)) = range(&text) {
        return format!("a whole number from {least} to {most}");
    }
    match text.as_str() {
        "a map" => "an object".to_owned(),
        "a sequence" => "a list".to_owned(),
        "unit" => "null".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "variant identifier" => "one of the known names".to_owned(),
        _ if begins(&["struct ", "internally tagged enum ", "adjacently tagged enum "]) => {
            "an object".to_owned()
        }
        _ if begins(&["tuple ", "a tuple ", "an array "]) => "a list".to_owned(),
        _ if begins(&["unit struct "]) => "null".to_owned(),
        _ if begins(&["enum "]) => "one of the known names".to_owned(),
        _ => text,
    }
}

/// The range of the integer type of this name.
fn range(name: &str) -> Option<(i128, u128)> {
    macro_rules! range {
        ($($integer:ident)*) => {
            match name {
                $(stringify!($integer) => {
                    Some((i128::try_from($integer::MIN).ok()?, u128::try_from($integer::MAX).ok()?))
                })*
                _ => None,
            }
        };
    }
    range!(u8 u16 u32 u64 usize u128 i8 i16 i32 i64 isize i128)
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
