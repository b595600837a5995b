//! Public keys from a JWK set (RFC 7517), each parsed once and not per verification.
//! RSA for RS256 only: that is what Firebase and Clerk sign with.

use std::{collections::HashMap, fmt, ops::RangeInclusive, sync::Arc};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    jwk::{Jwk, KeyAlgorithm, PublicKeyUse},
};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::jwt::is_key_id;

/// More keys than this are no key set of ours. Google publishes two to four.
pub const MAX_KEYS: usize = 32;

/// One RSA key of 2048 to 8192 bits. Held parsed: jsonwebtoken would build the key anew from its
/// numbers for every token, a fifth of the cost of a verification.
#[derive(Clone)]
pub struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 SHA-256 signature over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }

    /// Reads a public key in PEM form (SPKI).
    ///
    /// # Errors
    /// Not a PEM file, or not an RSA key of 2048 to 8192 bits.
    pub fn from_pem(pem: &str) -> Result<Self, KeySetError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| KeySetError::NotAKeySet)?;
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref())
            .map_err(|_| KeySetError::NoneUsable)?;
        Ok(Self(parsed))
    }

    /// The key in `jwk` and its id, if it is one that we use.
    fn from_jwk(jwk: &Jwk) -> Option<(&str, Self)> {
        let common = &jwk.common;
        let kid = common.key_id.as_deref().filter(|kid| is_key_id(kid))?;
        let for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
        let for_rs256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256));
        if !for_signatures || !for_rs256 {
            return None;
        }
        let decoded = DecodingKey::from_jwk(jwk).ok()?;
        let DecodingKeyKind::RsaModulusExponent { n, e } = decoded.kind() else {
            return None;
        };
        if !MODULUS_BITS.contains(&bits(n)) || !EXPONENT_BITS.contains(&bits(e)) {
            return None;
        }
        let parsed = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .ok()?;
        Some((kid, Self(parsed)))
    }
}

/// Checked here, too: aws-lc parses weaker keys and refuses them only when they are used.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;
/// FIPS 186-5 §5.1: above 2^16. With an exponent of 1 anybody could sign.
const EXPONENT_BITS: RangeInclusive<usize> = 17..=64;

/// The length of a big-endian number, leading zeros aside.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).copied().unwrap_or_default();
    (number.len() - zeros) * 8 - if first == 0 { 0 } else { first.leading_zeros() as usize }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

/// The keys of one issuer by their id.
#[derive(Debug, Clone, Default)]
pub struct KeySet(HashMap<String, Arc<PublicKey>>);

impl KeySet {
    /// Reads a JWK set. Entries that are not ours (another algorithm or use, a weak key, no id)
    /// are left out, so that one odd entry does not lose the others.
    ///
    /// # Errors
    /// Not a JWK set; more than [`MAX_KEYS`] entries; none of use; two with the same id, since
    /// which of them is meant would be a guess.
    pub fn from_jwks(document: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Document<'d> {
            #[serde(borrow)]
            keys: Vec<&'d RawValue>,
            #[serde(borrow)]
            error: Option<&'d RawValue>,
        }

        // serde would fill the struct from an array, too, by position.
        let is_object = document.trim_ascii_start().starts_with(b"{");
        let document: Option<Document<'_>> = serde_json::from_slice(document).ok();
        let document = document
            .filter(|document| is_object && document.error.is_none())
            .ok_or(KeySetError::NotAKeySet)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let mut keys = HashMap::new();
        for jwk in document.keys {
            let Ok(jwk) = serde_json::from_str::<Jwk>(jwk.get()) else {
                continue;
            };
            let Some((kid, key)) = PublicKey::from_jwk(&jwk) else {
                continue;
            };
            if keys.insert(kid.to_owned(), Arc::new(key)).is_some() {
                return Err(KeySetError::Ambiguous);
            }
        }
        if keys.is_empty() { Err(KeySetError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// The key with this id.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&Arc<PublicKey>> {
        self.0.get(kid)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a document is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not an object with a list of keys.
    NotAKeySet,
    /// More than [`MAX_KEYS`] entries.
    TooMany,
    /// No entry is an RS256 key of 2048 to 8192 bits with an id.
    NoneUsable,
    /// Two keys have the same id.
    Ambiguous,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAKeySet => "not a JWK set",
            Self::TooMany => "a JWK set with too many keys",
            Self::NoneUsable => "a JWK set without an RS256 key",
            Self::Ambiguous => "a JWK set with two keys of the same id",
        })
    }
}

impl std::error::Error for KeySetError {}
