//! Splits and decodes a JWT, which is not trusted yet. Source: RFC 7515 §4 and §7.1, RFC 7519.
//! Its contents decide only whether verification continues, and with which key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{PublicKey, TokenError, UnverifiedClaims, public_key::is_key_id, strict_json, work};
use crate::Redacted;

/// In bytes. Node accepts no longer request head, so no real token is longer.
pub(super) const MAX_TOKEN_BYTES: usize = 16_384;
/// The length in base64url of a signature by an 8192-bit key, the largest that is accepted.
const MAX_SIGNATURE_CHARS: usize = 1366;

/// A token in the right form. Its claims prove nothing until a key has verified the signature.
#[derive(Debug)]
pub struct UnverifiedJwt<'t> {
    /// `jku`, `jwk` and other members in which a token could supply its own key are never read.
    header: Redacted<Map<String, Value>>,
    claims: UnverifiedClaims,
    /// The first two parts as sent: the signed bytes.
    signed: Redacted<&'t str>,
    signature: Redacted<Vec<u8>>,
}

impl<'t> UnverifiedJwt<'t> {
    /// Splits and decodes a token whose header has this algorithm. The length is checked before any allocation.
    pub(super) fn decode(
        raw: &'t str,
        max_bytes: usize,
        algorithm: &str,
    ) -> Result<Self, TokenError> {
        if raw.len() > max_bytes {
            return Err(TokenError::TooLong);
        }
        work::spend(raw.len());
        let (signed, signature) = raw.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if header.is_empty() || payload.is_empty() || signature.len() > MAX_SIGNATURE_CHARS {
            return Err(TokenError::Malformed);
        }
        // The header first: if it is refused, the payload is never decoded.
        let header = strict_json::object(&base64(header)?).ok_or(TokenError::Malformed)?;
        check_header(&header, algorithm)?;
        Ok(Self {
            header: Redacted(header),
            claims: UnverifiedClaims::read(&base64(payload)?).ok_or(TokenError::Malformed)?,
            signed: Redacted(signed),
            signature: Redacted(base64(signature)?),
        })
    }

    /// A member of the header, for rules about members that only some issuers add.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Value> {
        self.header.0.get(name)
    }

    /// The claims, which may be forged.
    #[must_use]
    pub fn claims(&self) -> &UnverifiedClaims {
        &self.claims
    }

    pub(super) fn is_signed(&self) -> bool {
        !self.signature.0.is_empty()
    }

    /// The id of the signing key. Required with a key set: its keys are not tried one after another.
    pub(super) fn key_id(&self) -> Result<&str, TokenError> {
        match self.header.0.get("kid") {
            None | Some(Value::Null) => Err(TokenError::KidMissing),
            Some(Value::String(kid)) if kid.is_empty() => Err(TokenError::KidMissing),
            Some(Value::String(kid)) if is_key_id(kid) => Ok(kid),
            Some(_) => Err(TokenError::KidInvalid),
        }
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.signed.0.as_bytes(), &self.signature.0)
    }

    /// For verifiers only, after the check of the signature.
    pub(super) fn into_claims(self) -> UnverifiedClaims {
        self.claims
    }
}

/// Decodes one part of a token. Base64url has no dot: a token with a fourth part fails here.
fn base64(part: &str) -> Result<Vec<u8>, TokenError> {
    work::spend(part.len());
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

fn check_header(header: &Map<String, Value>, algorithm: &str) -> Result<(), TokenError> {
    let is_jwt = |typ: &Value| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
    // The verifier fixes the algorithm; the token does not choose it.
    if header.get("alg").is_none_or(|alg| alg != algorithm) {
        return Err(TokenError::Alg);
    }
    // `typ` may be absent. Stricter than the Admin SDKs, which ignore it.
    if !header.get("typ").is_none_or(is_jwt) {
        return Err(TokenError::Typ);
    }
    // RFC 7515 §4.1.11: a verifier that does not support a critical extension must refuse the token.
    if header.contains_key("crit") { Err(TokenError::Crit) } else { Ok(()) }
}
