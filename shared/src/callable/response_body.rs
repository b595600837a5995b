//! The body of an answer: complete, or a stream that runs its handler.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;

use super::streaming::RunningStream;
use crate::Redacted;

/// The body of an answer. Reading it cannot fail: if the call fails, the body contains the error.
#[derive(Debug, Default)]
pub struct ResponseBody(Redacted<Kind>);

enum Kind {
    Whole(Full<Bytes>),
    Stream(Box<RunningStream>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Whole(Full::default())
    }
}

impl ResponseBody {
    pub(super) fn into_response(self, status: StatusCode, head: HeaderMap) -> Response<Self> {
        let mut response = Response::new(self);
        *response.status_mut() = status;
        *response.headers_mut() = head;
        response
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0.0 {
            Kind::Whole(body) => Pin::new(body).poll_frame(context),
            Kind::Stream(stream) => {
                stream.poll_bytes(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0.0, Kind::Whole(body) if body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

impl From<RunningStream> for ResponseBody {
    fn from(stream: RunningStream) -> Self {
        Self(Redacted(Kind::Stream(Box::new(stream))))
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self(Redacted(Kind::Whole(Full::new(bytes))))
    }
}
