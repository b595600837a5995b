//! The value of a variable that names a secret.

/// A secret, and the member of its JSON object that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SecretId {
    /// The name or ARN.
    pub(super) stored: String,
    pub(super) member: Option<String>,
}

impl SecretId {
    /// `value` is a name or an ARN, or `name#member`.
    pub(super) fn parse(value: &str) -> Result<Self, &'static str> {
        let (stored, member) = match value.split_once('#') {
            Some((stored, member)) => (stored, Some(member)),
            None => (value, None),
        };
        if stored.is_empty() || stored.chars().any(char::is_whitespace) {
            return Err("there is no name of a secret in it");
        }
        if member == Some("") {
            return Err("there is no name of a member after the #");
        }
        Ok(Self { stored: stored.to_owned(), member: member.map(str::to_owned) })
    }
}
