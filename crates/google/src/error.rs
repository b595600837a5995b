//! Why a request to Google failed.

use shared::{fetched::FetchFailure, net::SendError};

/// Why a request to Google failed. It contains no part of the request or the response, so it may be logged.
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
    /// No response arrived.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The response has this status instead of 200. 403 usually means that the service account lacks a permission.
    #[error("status {0}")]
    Status(u16),
    /// The status is 200, but the response does not have the documented form.
    #[error("the response does not have the documented form")]
    Answer,
    /// The service account's credentials cannot be used. The text is one sentence for the operator.
    #[error("{0}")]
    Credentials(String),
}

impl GoogleError {
    /// Whether the request may succeed if it is repeated at once.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Send(error) => error.is_transient(),
            Self::Status(status) => *status >= 500,
            Self::Answer | Self::Credentials(_) => false,
        }
    }

    /// Whether the service is down or overloaded, so that every request to it would fail. Other errors concern
    /// one request only.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Status(429 | 500..) | Self::Credentials(_))
    }
}

/// The error for a caller that waited for a shared request.
impl From<FetchFailure<Self>> for GoogleError {
    fn from(failure: FetchFailure<Self>) -> Self {
        match failure {
            FetchFailure::Failed(error) => error,
            FetchFailure::TimedOut | FetchFailure::Pending => SendError::Timeout.into(),
            FetchFailure::Interrupted => SendError::Broken.into(),
        }
    }
}
