//! Fetching a document from a fixed address: the trait, its result and its errors. It is a trait, so that tests of the
//! cache need no network and no waiting.

use std::time::Duration;

use bytes::Bytes;

use crate::net::{BoxFuture, SendError, ServiceUrl};

/// Fetches the document at a fixed address.
pub trait Fetch: Send + Sync + 'static {
    /// Fetches the document. Implementations must limit its size and the time.
    fn fetch<'a>(&'a self, url: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// A fetched document.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The whole body.
    pub body: Bytes,
    /// How long the document may be kept according to its headers, minus `Age`; `None` if they state no time.
    pub lifetime: Option<Duration>,
}

/// Why a document could not be fetched. Contains no received data.
///
/// ```
/// use shared::{keys::FetchError, net::SendError};
///
/// assert_eq!(FetchError::from(SendError::Timeout).to_string(), "timed out");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is no answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The answer has a status other than 200. Redirects are not followed.
    #[error("status {0}")]
    Status(u16),
}

impl FetchError {
    /// Whether a second attempt right away may help.
    pub(super) fn is_transient(self) -> bool {
        match self {
            Self::Send(error) => error.is_transient() && error != SendError::Broken,
            Self::Status(status) => status >= 500,
        }
    }
}
