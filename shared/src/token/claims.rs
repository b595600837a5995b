//! The claims of a token, read one at a time. Rules that run before the signature is checked read claims
//! only through this type: it counts the bytes that they read, and it copies, splits and computes nothing.

use serde_json::{Map, Value};

use super::{strict_json, work};

/// A token's payload. It may be unverified: this type does not say.
#[derive(Clone)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claims in a payload; `None` if it is not one JSON object of distinct members.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        strict_json::object(payload).map(Self)
    }

    /// Whether there is such a claim.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A claim, whatever it is.
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

    /// Takes a claim out.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.swap_remove(name)
    }

    /// All of them.
    pub(super) fn into_members(self) -> Map<String, Value> {
        self.0
    }
}
