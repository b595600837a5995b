//! Why a token was not verified.

use crate::token::TokenError;

/// Why a token was not verified: it breaks a rule, or its signature cannot be checked now.
///
/// ```
/// use shared::{keys::VerifyError, token::TokenError};
///
/// assert_eq!(VerifyError::from(TokenError::Exp).reason(), "exp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The rule that the token does not meet.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no key to check its signature with.
    #[error(transparent)]
    Unavailable(#[from] KeysUnavailable),
}

/// There is no usable key set, or none that is new enough, and none can be fetched. The token may be valid.
///
/// ```
/// use shared::keys::{KeysUnavailable, VerifyError};
///
/// assert_eq!(VerifyError::from(KeysUnavailable).reason(), KeysUnavailable::REASON);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", Self::REASON)]
pub struct KeysUnavailable;

impl KeysUnavailable {
    /// The reason string in the log. Users build alarms on it: it never changes.
    pub const REASON: &str = "keys_unavailable";
}

impl VerifyError {
    /// The reason string in the log. Users build alarms on these strings: they never change.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Unavailable(_) => KeysUnavailable::REASON,
        }
    }
}
