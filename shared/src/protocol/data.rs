//! `data` in: from the raw JSON of the envelope to a value, and from there to the handler's type.
//! Whatever does not fit is named by its path, and its value is never repeated.
//!
//! ```text
//! &RawValue ──parse──► Value ──unwrap──► Value ──typed──► T
//!             depth,             Int64Value        field path of
//!             numbers            UInt64Value       what does not fit
//! ```

mod parse;
mod path;
mod typed;
mod wrapper;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Value, json, value::RawValue};

use super::error::HttpsError;

pub use parse::MAX_DEPTH;

/// Why `data` could not be read: which field, and what is wrong with it. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataError {
    /// Path from the envelope, such as `data.items[2].price`.
    field: String,
    problem: String,
}

impl DataError {
    fn new(field: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self { field: field.to_string(), problem: problem.into() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for DataError {}

impl DataError {
    /// P8, P9, DIFFERENCE: INVALID_ARGUMENT with the field's path, where the reference says INTERNAL.
    #[must_use]
    pub fn into_https_error(self) -> HttpsError {
        HttpsError::invalid_argument(self.to_string())
            .with_details(json!({ "field": self.field, "problem": self.problem }))
    }
}

/// Reads the raw `data`, with 64-bit wrappers unwrapped at any depth.
///
/// # Errors
/// Nesting deeper than [`MAX_DEPTH`], a number past the range of a double, an `@type` that is not
/// a 64-bit wrapper, or such a wrapper without a number in it.
pub fn decode(raw: &RawValue) -> Result<Value, DataError> {
    let mut value = parse::parse(raw.get())?;
    wrapper::unwrap(&mut value)?;
    Ok(value)
}

/// Fits decoded `data` to the handler's type.
///
/// # Errors
/// The first field that does not fit.
pub fn fit<T: DeserializeOwned>(value: Value) -> Result<T, DataError> {
    typed::fit(value)
}
