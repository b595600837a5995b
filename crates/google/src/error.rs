//! Why Google has no answer.

use std::fmt;

use shared::{fetched::Trouble, net::SendError};

/// Why Google did not tell. Carries nothing of what was sent or received, so that it may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoogleError {
    /// No answer.
    Send(SendError),
    /// Another status than 200: 403 most often says that the service account lacks a permission.
    Status(u16),
    /// 200, but not the documented answer.
    Answer,
    /// There are no credentials to ask with: one sentence for the operator.
    Credentials(String),
}

impl GoogleError {
    /// Whether a second attempt right away may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Send(error) => error.is_passing(),
            Self::Status(status) => *status >= 500,
            Self::Answer | Self::Credentials(_) => false,
        }
    }

    /// Whether the service is down or overloaded, so that every request to it would fail. Any other refusal
    /// concerns one request only.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Status(429 | 500..) | Self::Credentials(_))
    }
}

impl fmt::Display for GoogleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Answer => f.write_str("an answer that is not as documented"),
            Self::Credentials(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for GoogleError {}

impl From<SendError> for GoogleError {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// The error for a caller who waited for an answer of Google's.
impl From<Trouble<Self>> for GoogleError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Failed(error) => error,
            Trouble::TimedOut | Trouble::NotYet => SendError::Timeout.into(),
            Trouble::Interrupted => SendError::Broken.into(),
        }
    }
}
