//! Entry points to private parsers and writers, for the fuzz targets in `tests/fuzz`. They add no behaviour. Only in
//! builds with the feature `fuzzing`, which no release has.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

pub use crate::host::fuzzing::{Event, Sent, answer, event, invocation};
use crate::{
    keys::{self, CacheSettings},
    protocol::{envelope, event_stream},
};

/// The text of `data` in a request, or the reason for the log.
///
/// # Errors
/// The request is not a callable request.
pub fn data(method: &Method, headers: &HeaderMap, body: &Bytes) -> Result<Bytes, &'static str> {
    envelope::read(method, headers, body).map_err(envelope::BadRequest::reason)
}

/// The lifetime that the headers of a key set state.
#[must_use]
pub fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    keys::lifetime(headers)
}

/// How long a key set with this stated lifetime is fresh.
#[must_use]
pub fn fresh_for(settings: &CacheSettings, stated: Option<Duration>) -> Duration {
    settings.lifetime_of(stated)
}

/// The frame of a stream that carries this JSON document.
#[must_use]
pub fn frame(json: &[u8]) -> Vec<u8> {
    event_stream::frame(json)
}
