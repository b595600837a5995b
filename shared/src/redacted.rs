//! A wrapper for values that `Debug` must never print.

use std::fmt;

/// Wraps a secret, so that a type that contains it can derive `Debug`, which prints `[redacted]` instead.
///
/// ```
/// let key = shared::Redacted("hunter2".to_owned());
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.0, "hunter2");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Redacted<T>(pub T);

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
