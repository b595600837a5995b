//! Encodes the outcome of a call: as JSON with an HTTP status, or as one event of a stream. Checks that the host can
//! send an answer of this size.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::limits::BodyLimit;
use crate::protocol::{
    HttpsError, event_stream,
    header::{ACCEL_BUFFERING, EVENT_STREAM, JSON, NO_CACHE, UNBUFFERED, accepts_streaming},
    json,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerFormat {
    Json,
    EventStream,
}

/// An outcome as the client receives it.
pub(super) struct EncodedAnswer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    /// The error for the call's log record: INTERNAL if the handler's result or error could not be sent.
    pub(super) error: Option<HttpsError>,
}

impl AnswerFormat {
    pub(super) fn requested_by(headers: &HeaderMap) -> Self {
        if accepts_streaming(headers) { Self::EventStream } else { Self::Json }
    }

    /// The headers that describe the body.
    pub(super) fn headers(self) -> HeaderMap {
        match self {
            Self::Json => HeaderMap::from_iter([(header::CONTENT_TYPE, JSON)]),
            Self::EventStream => HeaderMap::from_iter([
                (header::CONTENT_TYPE, EVENT_STREAM),
                (header::CACHE_CONTROL, NO_CACHE),
                (ACCEL_BUFFERING, UNBUFFERED),
            ]),
        }
    }

    /// Encodes a result, which is JSON already, or an error. An outcome that cannot be written as JSON or is too large
    /// for the host becomes INTERNAL.
    pub(super) fn encode(
        self,
        outcome: Result<Vec<u8>, HttpsError>,
        limit: &BodyLimit,
    ) -> EncodedAnswer {
        let error = match outcome.and_then(|json| Ok(self.body(json, limit)?)) {
            Ok(body) => return EncodedAnswer { status: StatusCode::OK, body, error: None },
            Err(error) => error,
        };
        let (error, body) = match self.error_body(&error, limit) {
            Ok(body) => (error, body),
            Err(reason) => (error.unsendable(reason), self.frame(json::INTERNAL.into())),
        };
        // A stream always has the status 200: its clients read only the events, and hang on any other status.
        let status = match self {
            Self::Json => error.code().http_status(),
            Self::EventStream => StatusCode::OK,
        };
        EncodedAnswer { status, body, error: Some(error) }
    }

    fn error_body(self, error: &HttpsError, limit: &BodyLimit) -> Result<Bytes, Box<dyn Error>> {
        Ok(self.body(json::error(error)?, limit)?)
    }

    fn body(self, json: Vec<u8>, limit: &BodyLimit) -> Result<Bytes, TooLarge> {
        let body = self.frame(json);
        if limit.fits(&body) { Ok(body) } else { Err(TooLarge { bytes: body.len() }) }
    }

    fn frame(self, json: Vec<u8>) -> Bytes {
        match self {
            Self::Json => json.into(),
            Self::EventStream => event_stream::frame(&json).into(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the answer has {bytes} bytes, more than the host can send")]
struct TooLarge {
    bytes: usize,
}
