//! Decodes `data` from the text of the envelope into the handler's type, without building a tree first. An error names
//! the path of the field that does not fit, and never repeats its value.
//!
//! ```text
//! text ──check──► Document ──fit──► T          a policy is given the fit to a `Value`
//!        depth, numbers     │
//!        wrappers,          └── the marks: which objects are wrappers,
//!        repeated members       which of several members counts
//! ```
//!
//! Each of these files uses only files above it:
//!
//! | file | |
//! |---|---|
//! | `path`, `read_error` | the path to a value, and the error at the end of it |
//! | `budget` | the memory that may still be taken |
//! | `text`, `scan`, `number`, `wrapper` | strings, the bounds of values, numbers, 64-bit integers in an object |
//! | `marks`, `check` | the first pass over the text |
//! | `reader`, `children` | the position in the text, and its moves through lists and objects |
//! | `key`, `raw_value`, `node` | what serde is given: a member's name, JSON text, any value |
//! | `cause` | the end of a path that serde does not report |

mod budget;
mod cause;
mod check;
mod children;
mod key;
mod marks;
mod node;
mod number;
mod path;
mod raw_value;
mod read_error;
mod reader;
mod scan;
mod text;
mod wrapper;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use serde::de::DeserializeOwned;

pub(super) use self::scan::only_member;
use self::{budget::Budget, marks::Marks, node::Node, read_error::ReadError, reader::Reader};
pub use self::{check::MAX_DEPTH, read_error::DataError};
use crate::Redacted;

/// P9, DIFFERENCE: how many bytes of memory the decoded `data` of a body of this length may take by default: 7 MiB or,
/// if that is more, 4 MiB plus five times the body. Together with the body and the process itself, this stays below 16
/// MB plus eight times the body. A `Vec<f64>` of the shortest numbers that Lambda can carry fits.
#[must_use]
pub fn default_budget(body: usize) -> usize {
    body.saturating_mul(5).saturating_add(4 << 20).max(7 << 20)
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
    /// of memory the decoded value may take, in addition to the text itself.
    ///
    /// # Errors
    /// Nesting deeper than [`MAX_DEPTH`], a number past the range of a double, an `@type` that is not
    /// a 64-bit wrapper, such a wrapper without a number in it, a name that serde_json reserves,
    /// or marks over the budget.
    pub fn check(text: Bytes, budget: usize) -> Result<Self, DataError> {
        // Half of the budget: the marks are freed before the value is built, but in blocks that the value
        // cannot reuse.
        let marks =
            check::check(&text, &Budget::new(budget / 2)).map_err(ReadError::into_data_error)?;
        if marks.has_bad_wrapper {
            // The bad wrapper is ignored if it is inside another wrapper, or in a repeated member that does not
            // count. Only reading everything shows that.
            let unlimited = Budget::new(usize::MAX);
            let reader = Reader::new(&text, &marks, &unlimited);
            raw_value::walk(Node::root(&reader)).map_err(ReadError::into_data_error)?;
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
        let fitted = node::read(&reader);
        // A type may have ignored the error, and gone on without the value that exceeded the budget.
        if budget.is_exceeded() {
            return Err(ReadError::over_budget().into_data_error());
        }
        fitted.map_err(|error| cause::find::<T>(&reader, self.budget, error).into_data_error())
    }
}
