//! A plain function beside the callables, such as a webhook: POST in, JSON out, none of the protocol
//! and no CORS, since no page calls it. Its failures, its deadline and its log are the callables'.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use serde_json::Value;
use tower_service::Service;
use tracing::Instrument;

use super::{
    answer::Form,
    body::read_body,
    deadline::{deadline, host_ending, with_deadline},
    invocation::Invocation,
    options::DEFAULT_DEADLINE_MARGIN,
    record,
    response_body::ResponseBody,
};
use crate::{
    clock::Clock,
    protocol::{
        HttpsError,
        envelope::{BadRequest, MAX_BODY_BYTES},
    },
};

type Handler =
    Arc<dyn Fn(Request<Bytes>) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;
type Reply = Result<Value, HttpsError>;

/// One plain function as a tower service. Its answers are JSON: what the handler returns, or
/// `{"error":{…}}` with the status of the error's code.
#[derive(Clone)]
pub struct PlainFunction {
    handler: Handler,
    clock: Arc<dyn Clock>,
    name: Arc<str>,
    max_body_bytes: usize,
}

impl PlainFunction {
    /// A function of this name in the log. Anything but a POST is refused before `handler` runs.
    pub fn new<H, Fut>(name: &str, clock: Arc<dyn Clock>, handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, HttpsError>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |request| Box::pin(handler(request)));
        Self { handler, clock, name: name.into(), max_body_bytes: MAX_BODY_BYTES }
    }

    /// The longest request body that is read, in bytes. Default: [`MAX_BODY_BYTES`].
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    async fn answer<B>(self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let started = self.clock.monotonic();
        let (parts, body) = request.into_parts();
        let invocation = parts.extensions.get::<Invocation>();
        let span = record::span(&self.name, false, invocation);
        let mut call = record::Call::begin(&self.clock, started, None, span.clone());
        let carriage = invocation.map(|it| it.carriage).unwrap_or_default();
        let head = Form::Unary.headers();
        let deadline = deadline(&parts, self.clock.wall(), DEFAULT_DEADLINE_MARGIN);
        let ending = host_ending(&parts);
        let work = async {
            if parts.method != Method::POST {
                return Err(BadRequest::Method.into());
            }
            let body = read_body(body, self.max_body_bytes).await.map_err(HttpsError::from)?;
            let value = (self.handler)(Request::from_parts(parts, body)).await?;
            Ok(value.to_string().into_bytes())
        };
        async {
            let outcome = with_deadline(deadline, ending, pin!(work)).await;
            let written = Form::Unary.write(outcome, &carriage.room(&head));
            call.finish(written.outcome.as_ref().copied());
            let mut response = Response::new(ResponseBody::from(written.body));
            *response.status_mut() = written.status;
            *response.headers_mut() = head;
            response
        }
        .instrument(span)
        .await
    }
}

impl<B> Service<Request<B>> for PlainFunction
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let function = self.clone();
        Box::pin(async move { Ok(function.answer(request).await) })
    }
}

impl fmt::Debug for PlainFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainFunction").field("name", &self.name).finish_non_exhaustive()
    }
}
