//! The key sets in a function's package: copies that were fetched when it was built or deployed.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::copy::{CopyError, KeyCopy};

/// Copies of key sets in a function's package: a JSON array of [`KeyCopy`] documents.
#[derive(Debug, Clone, Default)]
pub struct BakedKeys(Vec<KeyCopy>);

impl BakedKeys {
    /// Reads the content of the file.
    ///
    /// ```
    /// use shared::keys::{BakedKeys, CopyError};
    ///
    /// assert!(BakedKeys::parse(b"[]").is_ok());
    /// assert_eq!(BakedKeys::parse(b"{}").unwrap_err(), CopyError::Form);
    /// ```
    ///
    /// # Errors
    /// [`CopyError::Form`]: it is not an array, or one of its items is not a copy of a key set.
    pub fn parse(file: &[u8]) -> Result<Self, CopyError> {
        let copies: Vec<&RawValue> = serde_json::from_slice(file).map_err(|_| CopyError::Form)?;
        let copy = |copy: &RawValue| KeyCopy::parse(Bytes::copy_from_slice(copy.get().as_bytes()));
        copies.into_iter().map(copy).collect::<Result<_, _>>().map(Self)
    }

    /// The newest copy of the set at `source`.
    pub(super) fn of(&self, source: &str) -> Option<&KeyCopy> {
        let copies = self.0.iter().filter(|copy| copy.source() == source);
        copies.max_by_key(|copy| copy.fetched_at())
    }
}
