//! The claims of a token whose signature was not checked, read one at a time. Rules read claims only through this
//! type: it counts the bytes that they read, and it copies, splits and computes nothing.

use serde_json::{Map, Value};

use super::{strict_json, times, work};

/// The payload of a token that may be forged. Given to [`Rules`](super::Rules), which may compare claims and refuse the
/// token. There is no way to take a claim out: that is what [`Verified`](super::Verified) is for.
pub struct UnverifiedClaims(Map<String, Value>);

impl UnverifiedClaims {
    /// The claims in a payload; `None` if it is not one JSON object of distinct members.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        strict_json::object(payload).map(Self)
    }

    /// Whether there is such a claim, null included.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A claim, whatever its type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let value = self.0.get(name)?;
        work::spend(match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => 1,
        });
        Some(value)
    }

    /// Whether a claim is this text. One of another length is not looked at.
    #[must_use]
    pub fn is(&self, name: &str, expected: &str) -> bool {
        work::spend(expected.len());
        matches!(self.0.get(name), Some(Value::String(text)) if text == expected)
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A claim that is a time: a JSON integer (no `1e18`, no `"1700000000"`), in seconds from 1970 to the year 9999.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<i64> {
        times::time(self.get(name))
    }

    /// All of them, once something has verified the token.
    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }
}
