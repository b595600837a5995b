//! The layer of the plain HTTP host around a service: it notes when each call begins and ends, and tells the service
//! how long the call may take. Around a function's service, it also answers health checks.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::future::{Either, Ready, ready};
use http::{Method, Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tower_service::Service;

use super::{super::RequestBody, progress::Progress};
use crate::callable::{Invocation, ResponseBody, ShutdownSignal};

/// The calls of one connection.
#[derive(Clone)]
pub(super) struct Calls<S> {
    service: S,
    progress: Arc<Progress>,
    timeout: Duration,
    ending: ShutdownSignal,
}

impl<S> Calls<S> {
    pub(super) fn new(
        service: S,
        progress: Arc<Progress>,
        timeout: Duration,
        ending: ShutdownSignal,
    ) -> Self {
        Self { service, progress, timeout, ending }
    }
}

impl<S, B> Service<Request<Incoming>> for Calls<S>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Future: Send + 'static,
    B: Body,
{
    type Response = Response<Answer<B>>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let call = Call(Arc::clone(&self.progress));
        call.0.lock().call_begins();
        let now = SystemTime::now();
        let mut invocation = Invocation::new(None, now.checked_add(self.timeout), now);
        invocation.shutdown = Some(self.ending.clone());
        let chunks = request.version() == Version::HTTP_11 && request.method() != Method::HEAD;
        request.extensions_mut().insert(invocation);
        let answer = Box::pin(self.service.call(request));
        Answering { answer, chunks, call: Some(call) }
    }
}

/// A call that runs; it ends when this is dropped.
struct Call(Arc<Progress>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.lock().call_ends();
    }
}

/// An answer to come.
pub(super) struct Answering<F> {
    answer: Pin<Box<F>>,
    /// A body of unknown length is sent in chunks.
    chunks: bool,
    call: Option<Call>,
}

impl<F, B, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<Answer<B>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.answer.as_mut().poll(context))?;
        let call = self.call.take();
        let unknown_length = response.body().size_hint().exact().is_none();
        if let Some(call) = &call {
            call.0.lock().answer_has_head(self.chunks && unknown_length);
        }
        Poll::Ready(Ok(response.map(|body| Answer { body: Box::pin(body), _call: call })))
    }
}

/// The body of an answer; with it, the call ends.
pub(super) struct Answer<B> {
    body: Pin<Box<B>>,
    _call: Option<Call>,
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

/// The paths of health checks: a GET of one is answered as long as the process serves. It is not a call and has no
/// record; no client of Firebase sends a GET.
const HEALTH_PATHS: [&str; 4] = ["/health", "/healthz", "/livez", "/readyz"];

/// The service of a function, which takes the bodies of either host, for this one.
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
        let asks = matches!(*request.method(), Method::GET | Method::HEAD);
        if asks && HEALTH_PATHS.contains(&request.uri().path()) {
            let answer = Response::new(Bytes::from_static(b"ok\n").into());
            return Either::Right(ready(Ok(answer)));
        }
        Either::Left(self.0.call(request.map(http_body_util::Either::Left)))
    }
}
