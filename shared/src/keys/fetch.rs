//! Fetching a document from one fixed address: the trait, what it yields, how it fails.
//! Handed in, so that the cache is tested without a network and without waiting.

use std::{fmt, time::Duration};

use bytes::Bytes;

use crate::net::{BoxFuture, ServiceUrl};

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
    /// No connection, or none that is trusted.
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
        matches!(self, Self::Connect | Self::Status(500..))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("cannot connect"),
            Self::Broken => f.write_str("connection broken"),
            Self::Timeout => f.write_str("timed out"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::TooLarge => f.write_str("too large"),
        }
    }
}

impl std::error::Error for FetchError {}
