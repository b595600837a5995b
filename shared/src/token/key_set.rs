//! The keys of one issuer, from a JWK set (RFC 7517 §5). Each entry is judged alone: a bad entry never
//! invalidates another, and the entries left out are kept for the log.

use std::{collections::HashMap, fmt, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    public_key::{PublicKey, PublicKeyError, jwk_id, jwk_numbers},
    rsa_numbers::RsaNumbers,
    strict_json,
};

/// A longer document is refused whole. Google publishes two to four keys.
pub const MAX_KEYS: usize = 32;
/// How many entries are named when those left out are written as text.
const MAX_NAMED: usize = 8;

/// The keys of one issuer by their id.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<PublicKey>>,
    left_out: LeftOut,
}

/// An entry that holds a usable key, until another one claims the same id.
struct Candidate {
    entry: usize,
    kid: String,
    numbers: RsaNumbers,
}

impl KeySet {
    /// Reads a JWK set. Entries that cannot verify our tokens (another algorithm or use, a weak key, no id)
    /// are left out, and so are different keys with the same id, since there is no way to tell which one is
    /// meant. The same key twice is one key.
    ///
    /// # Errors
    /// Not a JWK set; more than [`MAX_KEYS`] entries; no usable entry.
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
            let parsed = match PublicKey::from_numbers(numbers) {
                Err(error) => Err(error),
                Ok(_) if is_ambiguous(kid, numbers, &candidates) => Err(PublicKeyError::Ambiguous),
                Ok(key) => Ok(key),
            };
            match parsed {
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
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The entries of the document that are not among the keys.
    #[must_use]
    pub fn left_out(&self) -> &LeftOut {
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

    // Some file servers put a byte order mark before a document; RFC 8259 §8.1 lets readers skip it.
    let document = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
    // serde would fill the struct from an array, too, by position.
    let is_object = document.trim_ascii_start().starts_with(b"{");
    let document: Option<Document<'_>> = serde_json::from_slice(document).ok();
    let document = document.filter(|document| is_object && document.error.is_none());
    let keys = document.ok_or(KeySetError::NotAKeySet)?.keys;
    if keys.len() > MAX_KEYS { Err(KeySetError::TooMany) } else { Ok(keys) }
}

/// Whether another usable key goes by the same id. One that is too weak to be used does not count: a token
/// that it signed is not verified by the other.
fn is_ambiguous(kid: &str, numbers: &RsaNumbers, all: &[Candidate]) -> bool {
    all.iter().any(|it| it.kid == kid && it.numbers != *numbers && it.numbers.check().is_ok())
}

/// Entries of a key set that are not used, and why. Safe to log: an id is shown only if it has the form of
/// one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut(Vec<(usize, Option<String>, PublicKeyError)>);

impl LeftOut {
    fn add(&mut self, entry: usize, kid: Option<&str>, error: PublicKeyError) {
        self.0.push((entry, kid.map(str::to_owned), error));
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every entry is used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all of them are keys for another purpose, so that no token needs them.
    #[must_use]
    pub fn is_expected(&self) -> bool {
        self.0.iter().all(|(_, _, error)| error.is_for_another_use())
    }

    /// Why each was left out, in the order in which it was noticed.
    pub fn reasons(&self) -> impl Iterator<Item = PublicKeyError> {
        self.0.iter().map(|(_, _, error)| *error)
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (entry, kid, error)) in self.0.iter().take(MAX_NAMED).enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match kid {
                Some(kid) => write!(f, "entry {entry} ({kid}) {error}")?,
                None => write!(f, "entry {entry} {error}")?,
            }
        }
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
    /// Not an object with a list of keys.
    #[error("not a JWK set")]
    NotAKeySet,
    /// More than [`MAX_KEYS`] entries.
    #[error("a JWK set with too many keys")]
    TooMany,
    /// No entry is an RS256 key of 2048 to 8192 bits with an id of its own.
    #[error("{}", none_usable(.0))]
    NoneUsable(LeftOut),
}

/// An empty list leaves nothing out.
fn none_usable(left_out: &LeftOut) -> String {
    if left_out.is_empty() {
        return "an empty JWK set".to_owned();
    }
    format!("a JWK set without a key for RS256: {left_out}")
}
