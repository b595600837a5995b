//! An RSA public key, parsed once and not for every verification. Read from a JWK (RFC 7517), from PEM or from modulus
//! and exponent; one constructor applies the same checks to all three. Only keys for RS256, the only algorithm
//! that Firebase signs with.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use serde_json::{Map, Value};

use super::{PublicKeyError, der, pem, rsa_numbers::RsaNumbers};
use crate::Redacted;

/// One RSA key of 2048 to 8192 bits, parsed. jsonwebtoken would parse it again for every token, which is a fifth of the
/// cost of a verification.
#[derive(Debug, Clone)]
pub struct PublicKey(Redacted<ParsedPublicKey>);

impl PublicKey {
    /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 SHA-256 signature over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.0.verify_sig(message, signature).is_ok()
    }

    /// Reads a public key in PEM form (SPKI). The text must be one block and nothing else.
    ///
    /// ```
    /// use shared::token::{PublicKey, PublicKeyError};
    ///
    /// assert_eq!(PublicKey::from_pem("not PEM").err(), Some(PublicKeyError::Pem));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the key.
    pub fn from_pem(text: &str) -> Result<Self, PublicKeyError> {
        let block = pem::single_pem_block(text).filter(|(label, _)| label == "PUBLIC KEY");
        let (_, spki) = block.ok_or(PublicKeyError::Pem)?;
        Self::from_numbers(&der::rsa_numbers(&spki).ok_or(PublicKeyError::Spki)?)
    }

    /// The key with this modulus and exponent, both big-endian.
    ///
    /// ```
    /// use shared::token::{PublicKey, PublicKeyError};
    ///
    /// let short = PublicKey::from_modulus_and_exponent(&[0xC5; 128], &[1, 0, 1]);
    /// assert_eq!(short.err(), Some(PublicKeyError::Modulus { bits: 1024 }));
    /// ```
    ///
    /// # Errors
    /// [`PublicKeyError::Modulus`], [`PublicKeyError::EvenModulus`] or [`PublicKeyError::Exponent`].
    pub fn from_modulus_and_exponent(n: &[u8], e: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_numbers(&RsaNumbers::new(n, e))
    }

    /// The constructor that all others call.
    pub(super) fn from_numbers(numbers: &RsaNumbers) -> Result<Self, PublicKeyError> {
        numbers.check()?;
        RsaPublicKeyComponents { n: &numbers.n, e: &numbers.e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map(|key| Self(Redacted(key)))
            .map_err(|_| PublicKeyError::Number)
    }
}

/// Whether a string may be a key id. Ids are only looked up in a map; the limits make them safe to log.
pub(super) fn is_key_id(kid: &str) -> bool {
    (1..=128).contains(&kid.len())
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

/// The id of a JWK; `None` if it has none, or one that is refused in the header of a token.
pub(super) fn jwk_id(jwk: &Map<String, Value>) -> Option<&str> {
    text(jwk, "kid").filter(|kid| is_key_id(kid))
}

/// Modulus and exponent of a JWK for RS256 signatures. Their sizes are not checked yet.
pub(super) fn jwk_numbers(jwk: &Map<String, Value>) -> Result<RsaNumbers, PublicKeyError> {
    if text(jwk, "kty") != Some("RSA") {
        return Err(PublicKeyError::Type);
    }
    // A member that is absent or null allows everything.
    let is_absent_or = |name: &str, allows: fn(&Value) -> bool| {
        jwk.get(name).is_none_or(|value| value.is_null() || allows(value))
    };
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"))
    };
    if !is_absent_or("use", |it| it == "sig") || !is_absent_or("key_ops", verifies) {
        return Err(PublicKeyError::Use);
    }
    if !is_absent_or("alg", |it| it == "RS256") {
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
