//! A public key, parsed once and not per verification: from a JWK (RFC 7517), from PEM or from its numbers. One
//! constructor checks all three alike. RSA for RS256 only: that is what Firebase signs with.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use serde_json::{Map, Value};

use super::{der, jwt::is_key_id, pem, rsa_numbers::RsaNumbers};
use crate::Redacted;

/// One RSA key of 2048 to 8192 bits. Held parsed: jsonwebtoken would build the key anew from its
/// numbers for every token, a fifth of the cost of a verification.
#[derive(Debug, Clone)]
pub struct PublicKey(Redacted<ParsedPublicKey>);

impl PublicKey {
    /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 SHA-256 signature over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.0.verify_sig(message, signature).is_ok()
    }

    /// Reads a public key in PEM form (SPKI): one block, and nothing else.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        let (label, spki) = pem::single_block(text).ok_or(PublicKeyError::Pem)?;
        if label != "PUBLIC KEY" {
            return Err(PublicKeyError::Pem);
        }
        Self::from_numbers(&der::rsa_numbers(&spki).ok_or(PublicKeyError::Spki)?)
    }

    /// The key of a modulus and an exponent, big-endian.
    ///
    /// # Errors
    /// [`PublicKeyError::Modulus`], [`PublicKeyError::EvenModulus`] or [`PublicKeyError::Exponent`].
    pub fn from_modulus_and_exponent(n: &[u8], e: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_numbers(&RsaNumbers::new(n, e))
    }

    /// The only constructor.
    pub(super) fn from_numbers(numbers: &RsaNumbers) -> Result<Self, PublicKeyError> {
        numbers.check()?;
        RsaPublicKeyComponents { n: &numbers.n, e: &numbers.e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map(|key| Self(Redacted(key)))
            .map_err(|_| PublicKeyError::Number)
    }
}

/// The id of a JWK, if a token's header could contain it.
pub(super) fn jwk_id(jwk: &Map<String, Value>) -> Option<&str> {
    text(jwk, "kid").filter(|kid| is_key_id(kid))
}

/// The numbers of a JWK for RS256 signatures, not judged yet.
pub(super) fn jwk_numbers(jwk: &Map<String, Value>) -> Result<RsaNumbers, PublicKeyError> {
    if text(jwk, "kty") != Some("RSA") {
        return Err(PublicKeyError::Type);
    }
    // Absent, or null, means any.
    let absent = |name: &str| jwk.get(name).is_none_or(Value::is_null);
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"))
    };
    if !(absent("use") || text(jwk, "use") == Some("sig"))
        || !(absent("key_ops") || jwk.get("key_ops").is_some_and(verifies))
    {
        return Err(PublicKeyError::Use);
    }
    if !(absent("alg") || text(jwk, "alg") == Some("RS256")) {
        return Err(PublicKeyError::Algorithm);
    }
    let (n, e) = text(jwk, "n").zip(text(jwk, "e")).ok_or(PublicKeyError::Number)?;
    let key = DecodingKey::from_rsa_components(n, e).map_err(|_| PublicKeyError::Number)?;
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => Ok(RsaNumbers::new(n, e)),
        _ => Err(PublicKeyError::Number),
    }
}

fn text<'m>(jwk: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    jwk.get(name).and_then(Value::as_str)
}

/// Why something is not a key that we use. The message continues a sentence that begins with "it" or the name of
/// the key, and quotes no part of the key.
///
/// ```
/// use shared::token::{PublicKey, PublicKeyError};
///
/// assert_eq!(PublicKey::from_pem("not PEM").err(), Some(PublicKeyError::Pem));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Not exactly one PEM block of a public key.
    #[error(
        "is not exactly one PEM block from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
    )]
    Pem,
    /// A PEM block that does not hold exactly an RSA key for RS256.
    #[error("holds something other than one RSA public key")]
    Spki,
    /// An entry of a set that is not a JSON object, or repeats a name.
    #[error("is not a JSON object with distinct names")]
    Object,
    /// Another kind of key, such as one on an elliptic curve.
    #[error("is not an RSA key")]
    Type,
    /// `use` or `key_ops` say that it is for something other than verifying signatures.
    #[error("is not for verifying signatures")]
    Use,
    /// `alg` names another algorithm.
    #[error("is for an algorithm other than RS256")]
    Algorithm,
    /// No id, or one that no token's header could contain.
    #[error("has no id that a token could name")]
    Id,
    /// `n` or `e` is missing, or not base64url.
    #[error("has no n or e in base64url")]
    Number,
    /// Too short to be safe, or too long to be checked.
    #[error("has a modulus of {bits} bits and not 2048 to 8192")]
    Modulus {
        /// Its length.
        bits: usize,
    },
    /// A modulus that cannot be the product of two odd primes.
    #[error("has an even modulus")]
    EvenModulus,
    /// The exponent is even, below 2^16 or of more than 33 bits.
    #[error("has an exponent that is even, below 65537 or above 33 bits")]
    Exponent,
    /// Another entry has the same id and is another key: there is no way to tell which one is meant.
    #[error("has the id of another entry, which is another key")]
    Ambiguous,
}

impl PublicKeyError {
    /// Whether it is a key for another purpose, as in many sets, and not a faulty key for our tokens.
    #[must_use]
    pub fn is_for_another_use(self) -> bool {
        matches!(self, Self::Type | Self::Use | Self::Algorithm)
    }
}
