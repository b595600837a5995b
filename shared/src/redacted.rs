//! A value that its holder may use and that `Debug` never shows.

use std::fmt;

/// Wraps a secret, so that a type that holds it can derive `Debug`: what is printed is `[redacted]`.
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
