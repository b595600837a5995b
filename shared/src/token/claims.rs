//! The claims of a token whose signature is not checked yet. Rules read claims only through this type. It counts the
//! bytes that they read (`work.rs`), and never copies or splits a value.

use serde_json::{Map, Value};

use super::{strict_json, work};
use crate::Redacted;

/// 9999-12-31T23:59:59Z. Reject later times: they could overflow a computation.
const LAST_SECOND: i64 = 253_402_300_799;

/// The payload of a token that may be forged. [`Rules`](super::Rules) compare its claims and may refuse the token.
/// Claims can be taken only out of [`Verified`](super::Verified), which is made after the signature check.
#[derive(Debug)]
pub struct UnverifiedClaims(Redacted<Map<String, Value>>);

impl UnverifiedClaims {
    /// The claims in a payload; `None` if it is not a JSON object with distinct names.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        strict_json::object(payload).map(|claims| Self(Redacted(claims)))
    }

    /// Whether the token has this claim, even if its value is null.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.0.contains_key(name)
    }

    /// A claim, whatever its type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let value = self.0.0.get(name)?;
        work::spend(match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => 1,
        });
        Some(value)
    }

    /// Whether a claim is this string. Reads at most the bytes of `expected`.
    #[must_use]
    pub fn is(&self, name: &str, expected: &str) -> bool {
        work::spend(expected.len());
        matches!(self.0.0.get(name), Some(Value::String(text)) if text == expected)
    }

    /// A claim that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A claim that is a time in seconds since 1970: a JSON integer (not `1e18` or `"1700000000"`), up to the year
    /// 9999.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<i64> {
        time(self.get(name))
    }

    /// All claims. For verifiers only, after every check.
    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0.0
    }
}

/// Reads a time as [`UnverifiedClaims::time`] does.
pub(super) fn time(claim: Option<&Value>) -> Option<i64> {
    claim?.as_i64().filter(|seconds| (0..=LAST_SECOND).contains(seconds))
}
