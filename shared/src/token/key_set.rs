//! The keys of one issuer, from a JWK set (RFC 7517 §5). Each entry is checked separately: a bad entry never invalidates
//! the others. The set lists the entries that it leaves out, for the log.

use std::{collections::HashMap, fmt, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    PublicKey, PublicKeyError,
    public_key::{jwk_id, jwk_numbers},
    rsa_numbers::RsaNumbers,
    strict_json,
};

/// Reject a set with more entries. Google publishes two to four keys.
pub(super) const MAX_KEYS: usize = 32;
/// The log lists at most this many of the entries left out.
const MAX_NAMED: usize = 8;

/// The keys of one issuer, by id.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<PublicKey>>,
    left_out: LeftOut,
}

/// An entry that has an id and a key for RS256. It is used unless the key is too weak or another entry has the same id
/// and a different key.
struct Candidate {
    entry: usize,
    kid: String,
    numbers: RsaNumbers,
}

impl KeySet {
    /// Reads a JWK set. Entries that cannot verify tokens are left out: those with another algorithm or use, a weak
    /// key or no id. Different keys with the same id are left out, too, since there is no way to tell which one is
    /// meant. A key that occurs twice counts once.
    ///
    /// # Errors
    /// The document is not a JWK set, has more than 32 entries, or has no usable entry.
    ///
    /// ```
    /// use shared::token::{KeySet, KeySetError};
    ///
    /// assert_eq!(KeySet::from_jwks(b"[]").err(), Some(KeySetError::NotAKeySet));
    /// ```
    pub fn from_jwks(document: &[u8]) -> Result<Self, KeySetError> {
        let mut candidates = Vec::new();
        let mut left_out = LeftOut::default();
        for (entry, jwk) in (1..).zip(entries(document)?) {
            let Some(jwk) = strict_json::object(jwk.get().as_bytes()) else {
                left_out.add(entry, None, PublicKeyError::Object);
                continue;
            };
            match (jwk_id(&jwk), jwk_numbers(&jwk)) {
                (Some(kid), Ok(numbers)) => {
                    candidates.push(Candidate { entry, kid: kid.to_owned(), numbers });
                }
                (None, Ok(_)) => left_out.add(entry, None, PublicKeyError::Id),
                (kid, Err(error)) => left_out.add(entry, kid, error),
            }
        }
        let mut keys = HashMap::new();
        for Candidate { entry, kid, numbers } in &candidates {
            match PublicKey::from_numbers(numbers) {
                Ok(_) if is_ambiguous(kid, numbers, &candidates) => {
                    left_out.add(*entry, Some(kid), PublicKeyError::Ambiguous);
                }
                Ok(key) => _ = keys.insert(kid.clone(), Arc::new(key)),
                Err(error) => left_out.add(*entry, Some(kid), error),
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::NoneUsable(left_out));
        }
        Ok(Self { keys, left_out })
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&Arc<PublicKey>> {
        self.keys.get(kid)
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The entries of the document that are not used.
    pub(crate) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }
}

fn entries(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
    #[derive(Deserialize)]
    struct Document<'d> {
        #[serde(borrow)]
        keys: Vec<&'d RawValue>,
        #[serde(borrow)]
        error: Option<&'d RawValue>,
    }

    // Some file servers add a byte order mark. RFC 8259 §8.1 allows readers to ignore it.
    let document = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
    // serde also accepts an array for a struct, and assigns its items by position.
    let is_object = document.trim_ascii_start().starts_with(b"{");
    let document: Option<Document<'_>> = serde_json::from_slice(document).ok();
    let document = document.filter(|document| is_object && document.error.is_none());
    let keys = document.ok_or(KeySetError::NotAKeySet)?.keys;
    if keys.len() > MAX_KEYS { Err(KeySetError::TooMany) } else { Ok(keys) }
}

/// Whether another usable key has the same id. A key that is too weak to be used does not count: a token signed
/// with it does not verify with the usable key.
fn is_ambiguous(kid: &str, numbers: &RsaNumbers, all: &[Candidate]) -> bool {
    all.iter().any(|it| it.kid == kid && it.numbers != *numbers && it.numbers.check().is_ok())
}

/// The entries of a key set that are not used, and why. Safe to log: `Display` shows an id only if it has the form of a
/// key id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut(Vec<(usize, Option<String>, PublicKeyError)>);

impl LeftOut {
    fn add(&mut self, entry: usize, kid: Option<&str>, error: PublicKeyError) {
        self.0.push((entry, kid.map(str::to_owned), error));
    }

    /// Whether every entry is used.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all entries left out are keys for another purpose, so that no token needs them.
    pub(crate) fn is_expected(&self) -> bool {
        self.reasons().all(PublicKeyError::is_for_another_use)
    }

    /// Why each entry was left out, in the order in which the checks found them.
    pub(super) fn reasons(&self) -> impl Iterator<Item = PublicKeyError> {
        self.0.iter().map(|(_, _, error)| *error)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.0.iter().take(MAX_NAMED).map(|(entry, kid, error)| match kid {
            Some(kid) => format!("entry {entry} ({kid}) {error}"),
            None => format!("entry {entry} {error}"),
        });
        f.write_str(&named.collect::<Vec<_>>().join("; "))?;
        match self.0.len().saturating_sub(MAX_NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Why a document is not a usable key set.
///
/// ```
/// use shared::token::{KeySet, KeySetError};
///
/// assert_eq!(KeySet::from_jwks(b"{}").err(), Some(KeySetError::NotAKeySet));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The document is not a JSON object with a list of keys.
    #[error("not a JWK set")]
    NotAKeySet,
    /// The set has more than 32 entries.
    #[error("a JWK set with too many keys")]
    TooMany,
    /// No entry is an RS256 key of 2048 to 8192 bits with a unique id.
    #[error("{}", none_usable(.0))]
    NoneUsable(LeftOut),
}

/// The message of [`KeySetError::NoneUsable`]. If no entry was left out, the set has no entries.
fn none_usable(left_out: &LeftOut) -> String {
    if left_out.is_empty() {
        return "an empty JWK set".to_owned();
    }
    format!("a JWK set without a key for RS256: {left_out}")
}
