//! Why a secret cannot be used, in sentences for the operator. No error contains a part of a secret.

use std::sync::Arc;

use shared::{ErrorCode, net::SendError};

/// Why a stored secret cannot be read. Follows a phrase like "the secret of NAME cannot be used: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such secret.
    #[error(
        "there is no secret of this name in this account and region: create it, or correct the name"
    )]
    Missing,
    /// The function's role lacks a permission.
    #[error("the function's role may not read it: allow secretsmanager:GetSecretValue on it")]
    Denied,
    /// AWS cannot decrypt it, or is deleting it.
    #[error("it cannot be decrypted, or is being deleted")]
    Unreadable,
    /// It is stored as bytes.
    #[error("it is binary: store the JSON as text")]
    Binary,
    /// There are too many requests.
    #[error("Secrets Manager throttles requests")]
    Throttled,
    /// AWS did not answer in time, or the reason is unknown.
    #[error("Secrets Manager cannot be reached")]
    Unreachable,
    /// A connection to AWS could not be made, for this reason.
    #[error("Secrets Manager cannot be reached: {0}")]
    NotConnected(SendError),
    /// AWS answered with another error, which has this code.
    #[error("Secrets Manager answers {0}")]
    Other(String),
}

impl ReadError {
    /// Whether a later attempt may succeed without a change by the operator.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled | Self::Unreachable | Self::Other(_) => true,
            Self::NotConnected(reason) => reason.is_transient(),
            Self::Missing | Self::Denied | Self::Unreadable | Self::Binary => false,
        }
    }
}

/// Why a handler does not get a secret: one sentence for the operator, which names the variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret of {variable} cannot be used: {problem}")]
pub struct SecretError {
    pub(super) variable: Arc<str>,
    pub(super) problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Read(ReadError),
    #[error("it is not a JSON object")]
    NotJson,
    #[error("its JSON object has no member {0}")]
    NoMember(String),
    #[error("its member {0} is not a string")]
    NotText(String),
}

impl SecretError {
    /// The code for a client: [`ErrorCode::Unavailable`] if the same call may succeed later, and
    /// [`ErrorCode::Internal`] if an operator has to act first.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        if self.is_transient() { ErrorCode::Unavailable } else { ErrorCode::Internal }
    }

    /// Whether a later attempt may succeed without a change by the operator.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(&self.problem, Problem::Read(error) if error.is_transient())
    }
}
