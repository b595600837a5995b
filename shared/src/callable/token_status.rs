//! What became of one of the caller's two tokens.

use super::rejection::{Rejection, rejection};
use crate::protocol::HttpsError;

/// MISSING, VALID with the proof, or INVALID with the reason.
pub(super) enum TokenStatus<T> {
    Missing,
    Valid(T),
    Invalid(Rejection),
}

impl<T> TokenStatus<T> {
    /// The status word of the log. Users build metrics on these three.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Valid(_) => "VALID",
            Self::Invalid(_) => "INVALID",
        }
    }

    pub(super) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(error) => Some(error.reason()),
            Self::Missing | Self::Valid(_) => None,
        }
    }

    pub(super) fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }

    /// The proof, if there is one, or the rejection. Which rule refused a token is never told.
    pub(super) fn admit(self, required: bool) -> Result<Option<T>, HttpsError> {
        match self {
            Self::Missing if required => Err(HttpsError::unauthenticated("Unauthenticated")),
            Self::Missing => Ok(None),
            Self::Valid(proof) => Ok(Some(proof)),
            Self::Invalid(error) => Err(rejection(error)),
        }
    }
}

impl<T> From<Result<Option<T>, Rejection>> for TokenStatus<T> {
    fn from(outcome: Result<Option<T>, Rejection>) -> Self {
        match outcome {
            Ok(None) => Self::Missing,
            Ok(Some(proof)) => Self::Valid(proof),
            Err(error) => Self::Invalid(error),
        }
    }
}
