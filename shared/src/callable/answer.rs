//! The two forms of an answer: JSON with a status, or one event of a stream.
//! Every outcome of the pipeline is written here and nowhere else.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;

use crate::protocol::{
    HttpsError, event_stream,
    header::{EVENT_STREAM, JSON, NO_CACHE, accepts_streaming},
    json,
};

/// The body of an answer. It cannot fail: a failure is an answer, too.
#[derive(Debug, Default)]
pub struct ResponseBody(Full<Bytes>);

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
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
        if accepts_streaming(headers) {
            Self::EventStream
        } else {
            Self::Unary
        }
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
                let mut response = respond(status, body);
                response.headers_mut().insert(header::CONTENT_TYPE, JSON);
                response
            }
            Self::EventStream => {
                let mut response = respond(StatusCode::OK, event_stream::frame(&body));
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, EVENT_STREAM);
                response
                    .headers_mut()
                    .insert(header::CACHE_CONTROL, NO_CACHE);
                response
            }
        }
    }
}

fn respond(status: StatusCode, body: impl Into<Bytes>) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody(Full::new(body.into())));
    *response.status_mut() = status;
    response
}
