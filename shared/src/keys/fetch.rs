//! Fetching a document from one fixed address: the trait, what it yields, how it fails.
//! Handed in, so that the cache is tested without a network and without waiting.

use std::{fmt, time::Duration};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The host's name does not resolve.
    Unresolved,
    /// The connection was refused: nothing listens on the port.
    Refused,
    /// The server's certificate is not trusted.
    Untrusted(Distrust),
    /// No connection for another reason.
    Connect,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// It took too long.
    Timeout,
    /// Another status than 200. Redirects are not followed.
    Status(u16),
    /// The body is too long.
    TooLarge,
}

impl FetchError {
    /// Whether a second attempt right away may help.
    pub(super) fn is_passing(self) -> bool {
        matches!(self, Self::Unresolved | Self::Refused | Self::Connect | Self::Status(500..))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => SendError::Unresolved.fmt(f),
            Self::Refused => SendError::Refused.fmt(f),
            Self::Untrusted(problem) => SendError::Untrusted(*problem).fmt(f),
            Self::Connect => SendError::Connect.fmt(f),
            Self::Broken => SendError::Broken.fmt(f),
            Self::Timeout => SendError::Timeout.fmt(f),
            Self::Status(status) => write!(f, "status {status}"),
            Self::TooLarge => SendError::TooLarge.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {}
