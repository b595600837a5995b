//! The contents of every proof: the subject, the claims and the token itself.

use serde_json::{Map, Value};

use super::TokenError;

/// The contents of a verified token.
#[derive(Clone)]
pub(super) struct Proof {
    pub(super) subject: String,
    pub(super) claims: Map<String, Value>,
    pub(super) raw_token: String,
}

impl Proof {
    /// For verifiers only: `claims` have passed the claim checks, and the signature was checked (in emulator mode: that
    /// there is none). As in the Admin SDKs, the claim `alias` (`uid` or `app_id`) is set to the subject, even if the
    /// token has its own claim of that name.
    pub(super) fn new(
        raw: &str,
        mut claims: Map<String, Value>,
        alias: &str,
    ) -> Result<Self, TokenError> {
        let subject = claims.get("sub").and_then(Value::as_str).ok_or(TokenError::Sub)?.to_owned();
        claims.insert(alias.to_owned(), Value::String(subject.clone()));
        Ok(Self { subject, claims, raw_token: raw.to_owned() })
    }
}
