//! Fetching a document from one fixed address: the trait, what it yields, how it fails.
//! Handed in, so that the cache is tested without a network and without waiting.

use std::time::Duration;

use bytes::Bytes;

use crate::net::{BoxFuture, Distrust, SendError, ServiceUrl};

/// Fetches the document at a fixed address.
pub trait Fetch: Send + Sync + 'static {
    /// The document, within limits of size and time that are the implementation's to keep.
    fn fetch<'a>(&'a self, url: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// A document as fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The whole body.
    pub body: Bytes,
    /// How long its headers say it may be kept, `Age` subtracted; `None` if they do not say.
    pub lifetime: Option<Duration>,
}

/// Why a document could not be fetched. Carries nothing of what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The host's name does not resolve.
    #[error("{}", SendError::Unresolved)]
    Unresolved,
    /// The connection was refused: nothing listens on the port.
    #[error("{}", SendError::Refused)]
    Refused,
    /// The server's certificate is not trusted.
    #[error("{}", SendError::Untrusted(*.0))]
    Untrusted(Distrust),
    /// No connection for another reason.
    #[error("{}", SendError::Connect)]
    Connect,
    /// The connection broke, or what came was no HTTP.
    #[error("{}", SendError::Broken)]
    Broken,
    /// It took too long.
    #[error("{}", SendError::Timeout)]
    Timeout,
    /// Another status than 200. Redirects are not followed.
    #[error("status {0}")]
    Status(u16),
    /// The body is too long.
    #[error("{}", SendError::TooLarge)]
    TooLarge,
}

impl FetchError {
    /// Whether a second attempt right away may help.
    pub(super) fn is_passing(self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused | Self::Connect | Self::Status(500..))
    }
}
