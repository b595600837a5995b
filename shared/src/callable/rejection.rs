//! Why a token is rejected, and the error that the client gets. It is the same error whichever rule the token breaks.

use std::error::Error;

use crate::{
    keys::{KeysUnavailable, VerifyError},
    protocol::HttpsError,
    token::TokenError,
};

/// Why the engine rejects a token: it breaks a rule, its user may not sign in any more, or it cannot be checked now.
/// Does not contain any part of the token.
///
/// ```
/// use shared::{callable::{Rejection, Unavailable}, token::TokenError};
///
/// assert_eq!(Rejection::from(TokenError::Exp).reason(), "exp");
/// assert_eq!(Rejection::Unavailable(Unavailable::Keys).reason(), "keys_unavailable");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
#[non_exhaustive]
pub enum Rejection {
    /// The token breaks this rule.
    Token(#[from] TokenError),
    /// The user's sign-ins were revoked after the sign-in that this token belongs to.
    Revoked,
    /// The user is disabled.
    UserDisabled,
    /// The user does not exist.
    UserNotFound,
    /// The token cannot be checked now; it may be valid.
    Unavailable(Unavailable),
}

/// The result of verifying a token; `None` if the call has no such token.
pub(super) type Verification<T> = Result<Option<T>, Rejection>;

/// Which check is not possible now.
///
/// ```
/// use shared::callable::{Rejection, Unavailable};
///
/// assert_eq!(Rejection::Unavailable(Unavailable::Consumption).reason(), "consume_failed");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The signature: there is no usable key set, and none can be fetched.
    Keys,
    /// Whether the user's sign-ins were revoked.
    Revocation,
    /// Whether the App Check token was used before.
    Consumption,
}

impl Rejection {
    /// The `reason` in the log. It never changes: users build alarms on it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Revoked => "revoked",
            Self::UserDisabled => "disabled",
            Self::UserNotFound => "user_not_found",
            Self::Unavailable(Unavailable::Keys) => KeysUnavailable::REASON,
            Self::Unavailable(Unavailable::Revocation) => "revocation_unknown",
            Self::Unavailable(Unavailable::Consumption) => "consume_failed",
        }
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Token(error) => Self::Token(error),
            VerifyError::Unavailable(_) => Self::Unavailable(Unavailable::Keys),
        }
    }
}

/// The error that a client gets for a rejected token: UNAUTHENTICATED, whichever rule the token breaks; UNAVAILABLE if
/// it cannot be checked now. Use this function in a handler that verifies tokens of another kind.
///
/// ```
/// use shared::{ErrorCode, callable::rejection, token::TokenError};
///
/// assert_eq!(rejection(TokenError::Exp).code(), ErrorCode::Unauthenticated);
/// ```
#[must_use]
pub fn rejection(error: impl Into<Rejection>) -> HttpsError {
    match error.into() {
        // P12, DIFFERENCE: the reference answers 401 when it cannot fetch Google's keys. Apps that sign out on 401
        // would then sign all their users out.
        Rejection::Unavailable(_) => HttpsError::unavailable("Unavailable"),
        _ => HttpsError::unauthenticated("Unauthenticated"),
    }
}

/// The error that a client gets if a service that the handler needs fails: UNAVAILABLE. The cause is logged.
///
/// ```
/// use shared::{HttpsError, callable::unavailable};
///
/// fn ask() -> Result<String, std::io::Error> {
/// #   Err(std::io::ErrorKind::TimedOut.into())
/// }
///
/// let answer: Result<String, HttpsError> = ask().map_err(unavailable);
/// assert_eq!(answer.unwrap_err().message(), "Unavailable");
/// ```
#[must_use]
pub fn unavailable(error: impl Error + Send + Sync + 'static) -> HttpsError {
    HttpsError::unavailable("Unavailable").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rejection_other_than_a_broken_token_rule_has_its_own_reason() {
        // Written out, because users build alarms on the reasons.
        for (rejection, reason) in [
            (Rejection::Revoked, "revoked"),
            (Rejection::UserDisabled, "disabled"),
            (Rejection::UserNotFound, "user_not_found"),
            (Rejection::Unavailable(Unavailable::Keys), "keys_unavailable"),
            (Rejection::Unavailable(Unavailable::Revocation), "revocation_unknown"),
            (Rejection::Unavailable(Unavailable::Consumption), "consume_failed"),
        ] {
            assert_eq!((rejection.reason(), rejection.to_string().as_str()), (reason, reason));
            assert!(TokenError::ALL.iter().all(|error| error.reason() != reason));
        }
    }

    #[test]
    fn a_client_is_not_told_which_rule_its_token_breaks() {
        let broken = TokenError::ALL.iter().map(|error| Rejection::Token(*error));
        let users = [Rejection::Revoked, Rejection::UserDisabled, Rejection::UserNotFound];
        for rejected in broken.chain(users) {
            let error = rejection(rejected);
            assert_eq!(
                (error.code().canonical(), error.message()),
                ("UNAUTHENTICATED", "Unauthenticated")
            );
            assert!(error.details().is_none());
        }
    }
}
