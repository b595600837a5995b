//! The two forms of an answer: JSON with a status, or one event of a stream.
//! Every outcome of the pipeline is written here and nowhere else.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::limits::BodyLimit;
use crate::protocol::{
    HttpsError, event_stream,
    header::{ACCEL_BUFFERING, EVENT_STREAM, JSON, NO_CACHE, UNBUFFERED, accepts_streaming},
    json,
};

/// What the caller reads: one JSON document, or a stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Unary,
    EventStream,
}

impl Form {
    pub(super) fn asked_for(headers: &HeaderMap) -> Self {
        if accepts_streaming(headers) { Self::EventStream } else { Self::Unary }
    }

    /// The headers that say what the body is.
    pub(super) fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Unary => {
                headers.insert(header::CONTENT_TYPE, JSON);
            }
            Self::EventStream => {
                headers.insert(header::CONTENT_TYPE, EVENT_STREAM);
                headers.insert(header::CACHE_CONTROL, NO_CACHE);
                headers.insert(ACCEL_BUFFERING, UNBUFFERED);
            }
        }
        headers
    }

    /// Writes a result body (`{"result":…}`) or an error, or INTERNAL in place of one that cannot be sent. Every
    /// outcome passes here, and its size is compared with the host's limit here.
    pub(super) fn write(self, outcome: Result<Vec<u8>, HttpsError>, room: &BodyLimit) -> Written {
        let error = match outcome.and_then(|body| Ok(self.fit(body, room)?)) {
            Ok(body) => return Written { status: StatusCode::OK, body, outcome: Ok(()) },
            Err(error) => error,
        };
        let (error, body) = match self.error(&error, room) {
            Ok(body) => (error, body),
            Err(reason) => (error.unsendable(reason), self.frame(json::INTERNAL.into())),
        };
        // A stream is 200 whatever happens: its clients look at nothing but events, and hang on anything else.
        let status = match self {
            Self::Unary => error.code().http_status(),
            Self::EventStream => StatusCode::OK,
        };
        Written { status, body, outcome: Err(error) }
    }

    fn error(self, error: &HttpsError, room: &BodyLimit) -> Result<Bytes, Box<dyn Error>> {
        Ok(self.fit(json::error(error)?, room)?)
    }

    fn fit(self, body: Vec<u8>, room: &BodyLimit) -> Result<Bytes, TooLarge> {
        let body = self.frame(body);
        if room.fits(&body) { Ok(body) } else { Err(TooLarge { bytes: body.len() }) }
    }

    fn frame(self, body: Vec<u8>) -> Bytes {
        match self {
            Self::Unary => body.into(),
            Self::EventStream => event_stream::frame(&body).into(),
        }
    }
}

/// An outcome as the client receives it, and as the call's record reports it.
pub(super) struct Written {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    pub(super) outcome: Result<(), HttpsError>,
}

/// The answer is larger than the host can carry.
#[derive(Debug, thiserror::Error)]
#[error("the answer has {bytes} bytes, more than the host can carry")]
struct TooLarge {
    bytes: usize,
}
