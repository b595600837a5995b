//! Decodes `data` from the text of the envelope into the handler's type, without building a tree first. An error
//! contains the path of the field that does not fit, and never its value.
//!
//! ```text
//! text ──check──► Document ──fit──► T          T is the handler's type, or `Value` for a policy
//!        depth, numbers     │
//!        wrappers,          └── the marks: which objects are wrappers,
//!        repeated members       which of several members with one name counts
//! ```
//!
//! Each of these files uses only files above it:
//!
//! | file | |
//! |---|---|
//! | `path`, `read_error` | the path to a value, and why that value is refused |
//! | `budget` | the memory that the decoded value may still take |
//! | `text`, `scan`, `number`, `wrapper` | strings, the bounds of values, numbers, 64-bit integers in an object |
//! | `marks`, `check` | the first pass over the text |
//! | `reader`, `children` | the position in the text; moves it through lists and objects |
//! | `key`, `raw_value`, `node` | serde's deserializers: of a member's name, of JSON text, of any value |
//! | `cause` | the search for a field that serde does not report |

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
/// if that is more, 4 MiB plus five times the body. Together with the body and the process itself, this stays below
/// 16 MB plus eight times the body. Every `Vec<f64>` that a request to Lambda can contain fits, even if all its numbers
/// are as short as possible.
#[must_use]
pub fn default_budget(body: usize) -> usize {
    body.saturating_mul(5).saturating_add(4 << 20).max(7 << 20)
}

/// The `data` of one call: its checked text, and marks for 64-bit wrappers and repeated members. A policy's value and
/// a handler's type are read from it by the same rules.
///
/// ```
/// use shared::protocol::data::{Document, default_budget};
///
/// let text = r#"{"seats":[2,"two"]}"#;
/// let data = Document::check(text.into(), default_budget(text.len()))?;
/// let value: serde_json::Value = data.fit()?;
/// assert_eq!(value.to_string(), text);
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Booking {
///     seats: Vec<u8>,
/// }
/// let error = data.fit::<Booking>().unwrap_err();
/// let problem = "data.seats[1]: expected a whole number from 0 to 255, found a string";
/// assert_eq!(error.to_string(), problem);
/// assert_eq!(error.into_https_error().message(), problem);
/// # Ok::<_, shared::protocol::data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Document {
    text: Redacted<Bytes>,
    marks: Marks,
    /// How many bytes of memory a value read from it may take.
    budget: usize,
}

impl Document {
    /// Checks `text`, which must be one valid JSON value: `envelope::read` returns nothing else. `budget` is how many
    /// bytes of memory the decoded value may take, in addition to the text itself.
    ///
    /// # Errors
    /// Nesting deeper than [`MAX_DEPTH`], a number outside the range of a double, an `@type` that is not
    /// a 64-bit wrapper, such a wrapper without a number in it, a name that serde_json reserves,
    /// or marks that take too much memory.
    pub fn check(text: Bytes, budget: usize) -> Result<Self, DataError> {
        // Half of the budget: what the check allocates is freed before the value is built, but the value cannot reuse
        // those blocks.
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

    /// Deserializes the text into a type.
    ///
    /// # Errors
    /// The first field that does not fit, or more memory than the budget allows.
    pub fn fit<T: DeserializeOwned>(&self) -> Result<T, DataError> {
        let budget = Budget::new(self.budget);
        let reader = Reader::new(&self.text.0, &self.marks, &budget);
        let fitted = node::read(&reader);
        // The type may have ignored the error, and left out the value that exceeded the budget.
        if budget.is_exceeded() {
            return Err(ReadError::over_budget().into_data_error());
        }
        fitted.map_err(|error| cause::find::<T>(&reader, self.budget, error).into_data_error())
    }
}
