//! Decodes `data` from the text of the envelope into the handler's type, without building a tree first. An error names
//! the path of the field that does not fit, and never repeats its value.
//!
//! ```text
//! text ──check──► Document ──fit──► T          a policy is given the fit to a `Value`
//!        depth, numbers     │
//!        wrappers,          └── the marks: which objects are wrappers,
//!        repeated members       which of several members counts
//! ```

mod access;
mod budget;
mod cause;
mod check;
mod key;
mod node;
mod number;
mod path;
mod raw_value;
mod reader;
mod repeated;
mod scan;
mod text;
mod type_mismatch;
mod typed;
mod variant;
mod wrapper;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::json;

pub(super) use self::scan::only_member;
use self::{budget::Budget, check::Marks, reader::Reader, type_mismatch::TypeMismatch};
use super::error::HttpsError;
use crate::Redacted;

/// How deep `data` may nest. The reference overflows its stack somewhere past 200 levels. This limit keeps every
/// recursion (checking, building, dropping) within a small stack.
pub const MAX_DEPTH: usize = 256;

/// The least memory budget, in bytes, that the `data` of a call has, however short the body is.
const BUDGET_OF_A_CALL: usize = 7 << 20;
/// The memory budget of a call with a long body: so many bytes, plus so many for each byte of the body.
const BUDGET_OF_A_LONG_CALL: (usize, usize) = (4 << 20, 5);

/// P9, DIFFERENCE: how many bytes of memory the decoded `data` of a body of this length may take by default: 7 MiB or,
/// if that is more, 4 MiB plus five times the body. Together with the body and the process itself, this stays below 16
/// MB plus eight times the body. A `Vec<f64>` of the shortest numbers that Lambda can carry fits.
#[must_use]
pub fn default_budget(body: usize) -> usize {
    let (flat, of_a_byte) = BUDGET_OF_A_LONG_CALL;
    body.saturating_mul(of_a_byte).saturating_add(flat).max(BUDGET_OF_A_CALL)
}

/// Why `data` could not be read: which field, and what is wrong with it. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct DataError {
    /// Path from the envelope, such as `data.items[2].price`.
    field: String,
    problem: String,
}

impl DataError {
    fn new(field: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self { field: field.to_string(), problem: problem.into() }
    }

    fn over_budget() -> Self {
        Self::new("data", "would take more memory than a call may use")
    }

    /// P8, P9, DIFFERENCE: INVALID_ARGUMENT with the field's path, where the reference says INTERNAL.
    #[must_use]
    pub fn into_https_error(self) -> HttpsError {
        HttpsError::invalid_argument(self.to_string())
            .with_details(json!({ "field": self.field, "problem": self.problem }))
    }
}

/// The `data` of one call: its checked text, and marks for 64-bit wrappers and repeated members. The value of a policy
/// and the type of a handler are read from it by the same rules.
#[derive(Debug)]
pub struct Document {
    text: Redacted<Bytes>,
    marks: Marks,
    /// How many bytes of memory a value read from it may take.
    budget: usize,
}

impl Document {
    /// Checks `text`, which must be one valid JSON value: an envelope yields nothing else. `budget` is how many bytes
    /// of memory the decoded value may take, beside the text itself.
    ///
    /// # Errors
    /// Nesting deeper than [`MAX_DEPTH`], a number past the range of a double, an `@type` that is not
    /// a 64-bit wrapper, such a wrapper without a number in it, a name that serde_json reserves,
    /// or marks over the budget.
    pub fn check(text: Bytes, budget: usize) -> Result<Self, DataError> {
        // Half of the budget: the marks are freed before the value is built, but in blocks that the value
        // cannot reuse.
        let marks = check::check(&text, &Budget::new(budget / 2))?;
        if marks.has_bad_wrapper {
            // The bad wrapper is ignored if it is inside another wrapper, or in a repeated member that does not
            // count. Reading everything tells.
            let unlimited = Budget::new(usize::MAX);
            let reader = Reader::new(&text, &marks, &unlimited);
            raw_value::walk(&reader).map_err(TypeMismatch::into_data_error)?;
        }
        let budget = budget.saturating_sub(marks.size());
        Ok(Self { text: Redacted(text), marks, budget })
    }

    /// Fits it to a type.
    ///
    /// # Errors
    /// The first field that does not fit, or more memory than the budget allows.
    pub fn fit<T: DeserializeOwned>(&self) -> Result<T, DataError> {
        let budget = Budget::new(self.budget);
        let reader = Reader::new(&self.text.0, &self.marks, &budget);
        let whole = reader.at.get();
        match T::deserialize(reader.root()) {
            // A type may have ignored the error, and gone on without the value that exceeded the budget.
            _ if budget.is_exceeded() => Err(DataError::over_budget()),
            Ok(value) => Ok(value),
            Err(mismatch) => {
                let mismatch = mismatch.found_at(&self.text.0, whole);
                Err(cause::find::<T>(&reader, self.budget, mismatch).into_data_error())
            }
        }
    }
}
