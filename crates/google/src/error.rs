//! Why a request to Google failed.

use shared::{fetched::FetchFailure, net::SendError};

/// Why a request to Google failed. Carries nothing of what was sent or received, so that it may be logged.
///
/// ```
/// use firebase_callable_google::{Accounts, GoogleError};
/// use shared::HttpsError;
///
/// async fn is_disabled(accounts: &Accounts, uid: &str) -> Result<bool, HttpsError> {
///     match accounts.lookup(None, uid).await {
///         Ok(account) => Ok(account.is_some_and(|account| account.disabled)),
///         Err(GoogleError::Status(403)) => Err(HttpsError::internal("the account lacks a permission")),
///         Err(error) => Err(shared::callable::unavailable(error)),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GoogleError {
    /// No answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Another status than 200: 403 most often says that the service account lacks a permission.
    #[error("status {0}")]
    Status(u16),
    /// 200, but not the documented answer.
    #[error("an answer that is not as documented")]
    Answer,
    /// There are no credentials to ask with: one sentence for the operator.
    #[error("{0}")]
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

/// The error for a caller who waited for an answer of Google's.
impl From<FetchFailure<Self>> for GoogleError {
    fn from(trouble: FetchFailure<Self>) -> Self {
        match trouble {
            FetchFailure::Failed(error) => error,
            FetchFailure::TimedOut | FetchFailure::Pending => SendError::Timeout.into(),
            FetchFailure::Interrupted => SendError::Broken.into(),
        }
    }
}
