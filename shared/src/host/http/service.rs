//! The layers of the plain HTTP host around a function's service: one reports when each call begins and ends, and sets
//! the call's deadline; the other answers health checks.

use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};

use bytes::Bytes;
use futures_util::{
    TryFutureExt,
    future::{Either, Ready, ready},
};
use http::{Method, Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tower_service::Service;

use super::{super::RequestBody, limits::HttpLimits, progress::Progress};
use crate::callable::{Invocation, ResponseBody, ShutdownSignal};

/// A service that hyper can serve on a connection. Every type that meets these bounds implements it.
pub(in super::super) trait HttpService:
    Service<Request<Incoming>, Response = Response<Self::Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
    type Body: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
}

impl<S, B> HttpService for S
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    type Body = B;
}

/// The service of one connection.
#[derive(Clone)]
pub(super) struct Calls<S> {
    pub(super) service: S,
    pub(super) progress: Arc<Progress>,
    pub(super) limits: Arc<HttpLimits>,
    /// The address of the other end of the connection.
    pub(super) other_end: Option<IpAddr>,
    pub(super) ending: ShutdownSignal,
}

impl<S: HttpService> Service<Request<Incoming>> for Calls<S> {
    type Response = Response<Answer<S::Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let call = RunningCall(Arc::clone(&self.progress));
        call.0.lock().call_begins();
        let now = SystemTime::now();
        let HttpLimits { platform, request_timeout, .. } = *self.limits;
        let id = platform.request_id(request.headers());
        let mut invocation = Invocation::new(id, now.checked_add(request_timeout), now);
        invocation.client_ip = platform.client_ip(request.headers(), self.other_end);
        invocation.shutdown = Some(self.ending.clone());
        // A body of unknown length is sent in chunks.
        let can_chunk = request.version() == Version::HTTP_11 && request.method() != Method::HEAD;
        request.extensions_mut().insert(invocation);
        Box::pin(self.service.call(request).map_ok(move |response| {
            let unknown_length = response.body().size_hint().exact().is_none();
            call.0.lock().answer_has_head(can_chunk && unknown_length);
            response.map(|body| Answer { body: Box::pin(body), _call: call })
        }))
    }
}

/// Reports the end of a call when dropped.
struct RunningCall(Arc<Progress>);

impl Drop for RunningCall {
    fn drop(&mut self) {
        self.0.lock().call_ends();
    }
}

/// The body of an answer. The call ends when the body is dropped.
pub(super) struct Answer<B> {
    body: Pin<Box<B>>,
    _call: RunningCall,
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.body.as_mut().poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The paths of health checks: GET and HEAD are answered with 200 while the process serves. A health check is not a
/// call and has no log record. Firebase clients never send a GET.
const HEALTH_PATHS: [&str; 4] = ["/health", "/healthz", "/livez", "/readyz"];

/// Adapts a function's service, which accepts the request bodies of both hosts, to this host. Also answers health
/// checks.
#[derive(Clone)]
pub(in super::super) struct FromIncoming<S>(pub(in super::super) S);

impl<S> Service<Request<Incoming>> for FromIncoming<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
        if is_get && HEALTH_PATHS.contains(&request.uri().path()) {
            let answer = Response::new(Bytes::from_static(b"ok\n").into());
            return Either::Right(ready(Ok(answer)));
        }
        Either::Left(self.0.call(request.map(http_body_util::Either::Left)))
    }
}
