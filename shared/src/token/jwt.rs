//! A JWT split and decoded, nothing of it trusted yet. Source: RFC 7515 §4 and §7.1, RFC 7519.
//! What is read here decides only whether to go on, and which key to ask for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{PublicKey, TokenError, UnverifiedClaims, strict_json, work};

/// Node's ceiling for a whole request head: no real token is longer.
pub(super) const MAX_TOKEN_BYTES: usize = 16_384;
/// The signature of the largest key that is used, 8192 bits, in base64url.
const MAX_SIGNATURE_CHARS: usize = 1366;

/// A token in the right form. Its claims prove nothing until a key has verified the signature.
pub struct UnverifiedJwt<'t> {
    header: Header,
    claims: UnverifiedClaims,
    /// The first two parts as sent: what the signature is over.
    signed: &'t str,
    signature: Vec<u8>,
}

/// The members of a token's header that are looked at. All others, such as `jku` and `jwk`, by
/// which a token would bring its own key, are never read.
struct Header(Map<String, Value>);

impl<'t> UnverifiedJwt<'t> {
    /// Splits and decodes a token whose header names this algorithm. The length is checked before
    /// anything is allocated for it.
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
        // The header first: if it rules the token out, the payload is never decoded.
        let header = Header(strict_json::object(&base64(header)?).ok_or(TokenError::Malformed)?);
        header.require_algorithm(algorithm)?;
        header.require_jwt()?;
        header.require_no_extensions()?;
        Ok(Self {
            header,
            claims: UnverifiedClaims::read(&base64(payload)?).ok_or(TokenError::Malformed)?,
            signed,
            signature: base64(signature)?,
        })
    }

    /// A member of the header that only some issuers add.
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
        !self.signature.is_empty()
    }

    /// The id of the signing key.
    pub(super) fn key_id(&self) -> Result<&str, TokenError> {
        self.header.key_id()
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.signed.as_bytes(), &self.signature)
    }

    /// For verifiers, once they have checked the signature.
    pub(super) fn into_claims(self) -> UnverifiedClaims {
        self.claims
    }
}

/// A part of a token. The alphabet has no dot: a fourth part fails here.
fn base64(part: &str) -> Result<Vec<u8>, TokenError> {
    work::spend(part.len());
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

impl Header {
    /// The algorithm is fixed, never chosen by the token.
    fn require_algorithm(&self, algorithm: &str) -> Result<(), TokenError> {
        match self.0.get("alg") {
            Some(Value::String(alg)) if alg == algorithm => Ok(()),
            _ => Err(TokenError::Alg),
        }
    }

    /// `typ` may be absent; stricter than the Admin SDKs, which do not look at it.
    fn require_jwt(&self) -> Result<(), TokenError> {
        match self.0.get("typ") {
            None => Ok(()),
            Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
            Some(_) => Err(TokenError::Typ),
        }
    }

    /// RFC 7515 §4.1.11: whoever does not understand a critical extension must refuse the token.
    fn require_no_extensions(&self) -> Result<(), TokenError> {
        if self.0.contains_key("crit") { Err(TokenError::Crit) } else { Ok(()) }
    }

    /// The id of the signing key. Mandatory: no trying of all keys.
    fn key_id(&self) -> Result<&str, TokenError> {
        match self.0.get("kid") {
            None | Some(Value::Null) => Err(TokenError::KidMissing),
            Some(Value::String(kid)) if kid.is_empty() => Err(TokenError::KidMissing),
            Some(Value::String(kid)) if is_key_id(kid) => Ok(kid),
            Some(_) => Err(TokenError::KidInvalid),
        }
    }
}

/// What a key id may look like. It is only ever a key of a map; this keeps it fit for a log line.
pub(super) fn is_key_id(kid: &str) -> bool {
    (1..=128).contains(&kid.len())
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}
