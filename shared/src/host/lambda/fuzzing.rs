//! Entry points to the Lambda host for the fuzz targets in `tests/fuzz`: an event, a whole invocation and an answer,
//! without a socket. Only in builds with the feature `fuzzing`.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::IpAddr,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Either};
use lambda_runtime::{Config, Context as Head};
use tower_service::Service;

use super::{
    answer::whole,
    event::{self, Front},
    invocations::Invocations,
    runtime_api::RuntimeApi,
    settling::Settling,
};
use crate::{
    callable::{Invocation, ResponseBody},
    host::{config::ResponseMode, request_body::RequestBody},
};

/// An event as the host reads it.
#[derive(Debug)]
pub struct Event {
    /// `rest`, `http` or `balancer`.
    pub front: &'static str,
    /// The request that the service gets.
    pub request: Request<Bytes>,
    /// Whether there were too many headers, so that the request is refused.
    pub has_too_many_headers: bool,
    /// The client's address.
    pub client_ip: Option<IpAddr>,
}

/// Reads an event.
///
/// # Errors
/// The event is not of an HTTP front. The text is what the log says.
pub fn event(bytes: &[u8]) -> Result<Event, String> {
    let read = event::read(bytes).map_err(|error| error.to_string())?;
    let front = match read.front {
        Front::Rest => "rest",
        Front::Http => "http",
        Front::Balancer => "balancer",
    };
    let (request, client_ip) = (read.request, read.client_ip);
    Ok(Event { front, request, has_too_many_headers: read.has_too_many_headers, client_ip })
}

/// What is sent to the Runtime API for one invocation.
#[derive(Debug)]
pub struct Sent {
    /// The path that says which invocation is answered, and whether it failed.
    pub path: String,
    /// The head of the request.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Serves one invocation with a service that echoes bodies. `id` and `head` are those of the Runtime API's answer,
/// `streams` is the response mode.
///
/// # Errors
/// The Runtime API's head or id cannot be used. No other outcome is an error.
///
/// # Panics
/// The invocation waits for something, or the service did not get its facts.
#[expect(clippy::expect_used, reason = "a target's assertion")]
pub fn invocation(
    id: &str,
    head: &HeaderMap,
    event: Bytes,
    streams: bool,
) -> Result<Sent, lambda_runtime::Error> {
    let context = Head::new(id, Arc::new(Config::default()), head)?;
    let mode = if streams { ResponseMode::Stream } else { ResponseMode::Buffered };
    let api = RuntimeApi::new("127.0.0.1:1")?;
    let settling = Settling::of(Vec::new());
    let mut invocations = Invocations { service: Echo, mode, api, settling };
    let reply = invocations.reply(event, &context).now_or_never().expect("nothing to wait for");
    let (parts, body) = invocations.api.request(id, head, reply)?.into_parts();
    let body = body.collect().now_or_never().expect("nothing to wait for")?.to_bytes();
    Ok(Sent { path: parts.uri.to_string(), headers: parts.headers, body })
}

/// Writes a whole answer for the front that sent `event`.
///
/// # Errors
/// The event is not of an HTTP front, or a header cannot be written.
///
/// # Panics
/// The answer waits for something.
#[expect(clippy::expect_used, reason = "a target's assertion")]
pub fn answer(event: &[u8], response: Response<Bytes>) -> Result<Bytes, String> {
    let front = event::read(event).map_err(|error| error.to_string())?.front;
    let written = whole(front, response.map(ResponseBody::from)).now_or_never();
    written.expect("nothing to wait for").map_err(|error| error.to_string())
}

/// Answers every request with its own body.
#[derive(Clone)]
struct Echo;

impl Service<Request<RequestBody>> for Echo {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    #[expect(clippy::expect_used, reason = "a target's assertion")]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let facts = parts.extensions.get::<Invocation>().expect("the facts of the invocation");
        assert!(facts.request_id.is_some(), "the invocation has an id");
        let Either::Right(body) = body else { return ready(Ok(Response::default())) };
        let body = body.collect().now_or_never().and_then(Result::ok).expect("a whole body");
        let mut response = Response::new(ResponseBody::from(body.to_bytes()));
        // Answers echo headers of the request, such as an origin.
        *response.headers_mut() = parts.headers;
        ready(Ok(response))
    }
}
