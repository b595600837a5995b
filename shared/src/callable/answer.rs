//! The two forms of an answer: JSON with a status, or one event of a stream.
//! Every outcome of the pipeline is written here and nowhere else.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;

use super::streaming::RunningStream;
use crate::protocol::{
    HttpsError, event_stream,
    header::{ACCEL_BUFFERING, EVENT_STREAM, JSON, NO_CACHE, UNBUFFERED, accepts_streaming},
    json,
};

/// The body of an answer. It cannot fail: a failure is an answer, too.
#[derive(Default)]
pub struct ResponseBody(Kind);

enum Kind {
    Whole(Full<Bytes>),
    Stream(Box<RunningStream>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Kind::Whole(body) => Pin::new(body).poll_frame(context),
            Kind::Stream(stream) => {
                stream.poll_bytes(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_end_stream(),
            Kind::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Whole(_) => "ResponseBody (whole)",
            Kind::Stream(_) => "ResponseBody (stream)",
        })
    }
}

/// A whole body.
impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Whole(Full::new(bytes)))
    }
}

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

    /// Writes a result body (`{"result":…}`) or an error. A stream is 200 whatever happens: its
    /// clients look at nothing but events, and hang on anything else.
    pub(super) fn write(self, outcome: Result<Vec<u8>, HttpsError>) -> Response<ResponseBody> {
        let (status, body) = match outcome {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => (error.code().http_status(), json::error(&error)),
        };
        match self {
            Self::Unary => {
                let mut response = Response::new(ResponseBody(Kind::Whole(Full::new(body.into()))));
                *response.status_mut() = status;
                response.headers_mut().insert(header::CONTENT_TYPE, JSON);
                response
            }
            Self::EventStream => {
                event_stream(Kind::Whole(Full::new(event_stream::frame(&body).into())))
            }
        }
    }

    /// The answer whose body runs the handler.
    pub(super) fn stream(stream: RunningStream) -> Response<ResponseBody> {
        event_stream(Kind::Stream(Box::new(stream)))
    }
}

fn event_stream(body: Kind) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody(body));
    response.headers_mut().insert(header::CONTENT_TYPE, EVENT_STREAM);
    response.headers_mut().insert(header::CACHE_CONTROL, NO_CACHE);
    response.headers_mut().insert(ACCEL_BUFFERING, UNBUFFERED);
    response
}
