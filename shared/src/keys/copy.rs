//! A copy of a key set: the form in which key sets are stored outside of their issuer, in a function's package or at a
//! mirror.
//!
//! ```json
//! {"source": "https://…", "fetched_at": 1800000000, "max_age": 21600, "keys": [{"kid": "…", …}]}
//! ```

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Fetched, settings::CacheSettings};
use crate::token::{KeySet, KeySetError};

/// A copy may be from the near future by this much, since the clocks of two machines differ.
const CLOCKS_DIFFER: i64 = 60;

/// A copy of an issuer's key set, with the time at which it was fetched.
#[derive(Debug, Clone)]
pub struct KeyCopy {
    /// The address from which the set was fetched.
    source: String,
    /// In seconds since 1970.
    fetched_at: i64,
    /// How long the issuer said that it may be kept.
    max_age: Duration,
    /// The whole document, which is also a JWK set (RFC 7517 §5).
    document: Bytes,
}

/// Why a document is not a copy of a key set.
///
/// ```
/// use shared::keys::{CopyError, KeyCopy};
///
/// assert_eq!(KeyCopy::parse("{}".into()).unwrap_err(), CopyError::Form);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// Not JSON, or without `source`, `fetched_at`, `max_age` or `keys`.
    #[error("not a copy of a key set")]
    Form,
    /// Of another address than the function's.
    #[error("a copy of another key set")]
    Source,
    /// Fetched in the future.
    #[error("its time is in the future")]
    Future,
    /// Fetched too long ago to be used.
    #[error("too old")]
    Old,
    /// Its keys cannot be used.
    #[error(transparent)]
    Keys(KeySetError),
}

/// How much longer a copy may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// Zero if the issuer's own time has passed.
    pub(super) fresh: Duration,
    /// Until it is too old for any use. Not zero.
    pub(super) usable: Duration,
}

#[derive(Serialize, Deserialize)]
struct Document<'d> {
    source: String,
    fetched_at: i64,
    max_age: u64,
    #[serde(borrow)]
    keys: &'d RawValue,
}

impl KeyCopy {
    /// The copy of a set that was fetched as `settings` say, at `fetched_at` seconds since 1970.
    ///
    /// ```
    /// use shared::keys::{CacheSettings, Fetched, KeyCopy, google_id_token_keys};
    ///
    /// let settings = CacheSettings::id_tokens(google_id_token_keys());
    /// let fetched = Fetched { body: "<html>".into(), lifetime: None };
    /// assert!(KeyCopy::of(&settings, &fetched, 1_800_000_000).is_err());
    /// ```
    ///
    /// # Errors
    /// A function could not use the set: it is not a JWK set, or has no usable key.
    pub fn of(
        settings: &CacheSettings,
        fetched: &Fetched,
        fetched_at: i64,
    ) -> Result<Self, CopyError> {
        #[derive(Deserialize)]
        struct Keys<'d> {
            #[serde(borrow)]
            keys: &'d RawValue,
        }

        KeySet::from_jwks(&fetched.body).map_err(CopyError::Keys)?;
        let set: Keys<'_> = parse(&fetched.body)?;
        let max_age = settings.lifetime_of(fetched.lifetime);
        let source = settings.url.to_string();
        let document = Document { source, fetched_at, max_age: max_age.as_secs(), keys: set.keys };
        let written = serde_json::to_vec(&document).map_err(|_| CopyError::Form)?;
        Ok(Self { source: document.source, fetched_at, max_age, document: written.into() })
    }

    /// Reads a copy. Its keys are read later, by the function that uses them.
    ///
    /// # Errors
    /// [`CopyError::Form`].
    pub fn parse(document: Bytes) -> Result<Self, CopyError> {
        let Document { source, fetched_at, max_age, .. } = parse(&document)?;
        Ok(Self { source, fetched_at, max_age: Duration::from_secs(max_age), document })
    }

    /// The document, as JSON.
    #[must_use]
    pub fn document(&self) -> &Bytes {
        &self.document
    }

    /// How long ago the set was fetched, at `now` seconds since 1970.
    #[must_use]
    pub fn age(&self, now: i64) -> Duration {
        Duration::from_secs(u64::try_from(now.saturating_sub(self.fetched_at)).unwrap_or(0))
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn fetched_at(&self) -> i64 {
        self.fetched_at
    }

    /// The keys, and how much longer they may be used at `now`. A set is used as long as the same set would be if it
    /// had been fetched from the issuer and kept since: the time in this copy cannot lengthen it.
    ///
    /// # Errors
    /// It is the copy of another set than that of `settings`, from the future, or too old; or its keys cannot be used.
    pub(super) fn keys(
        &self,
        settings: &CacheSettings,
        now: i64,
    ) -> Result<(KeySet, Left), CopyError> {
        if self.source != settings.url.to_string() {
            return Err(CopyError::Source);
        }
        if self.fetched_at.saturating_sub(now) > CLOCKS_DIFFER {
            return Err(CopyError::Future);
        }
        let (age, lifetime) = (self.age(now), settings.lifetime_of(Some(self.max_age)));
        let usable = settings.stale_for.max(lifetime).saturating_sub(age);
        if usable.is_zero() {
            return Err(CopyError::Old);
        }
        let keys = KeySet::from_jwks(&self.document).map_err(CopyError::Keys)?;
        Ok((keys, Left { fresh: lifetime.saturating_sub(age), usable }))
    }
}

/// serde also accepts an array for a struct, and assigns its items by position.
fn parse<'d, T: Deserialize<'d>>(document: &'d [u8]) -> Result<T, CopyError> {
    let is_object = document.trim_ascii_start().starts_with(b"{");
    let parsed = serde_json::from_slice(document).ok().filter(|_| is_object);
    parsed.ok_or(CopyError::Form)
}
