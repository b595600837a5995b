//! The body of a request, from either host.

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;

/// The body of a request: from a client's connection, or from a Lambda event.
pub type RequestBody = Either<Incoming, Full<Bytes>>;
