//! A function that is not a callable, such as a webhook: POST in, JSON out, without the callables' protocol and without
//! CORS, since no page calls it. Errors, the deadline and log records are the same as a callable's.

use std::{
    convert::Infallible,
    error::Error,
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

/// One function that is not a callable, as a tower service. It answers with JSON: the handler's value, or
/// `{"error":{…}}` with the status of the error's code. [`Setup::http`](crate::host::Setup::http) makes one with the
/// host's clock, name and limits.
#[derive(Clone)]
pub struct HttpFunction {
    handler: Handler,
    clock: Arc<dyn Clock>,
    name: Arc<str>,
    max_body_bytes: usize,
}

impl HttpFunction {
    /// A function with this `name` in the log. Anything but a POST is refused before `handler` runs.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use bytes::Bytes;
    /// use http::Request;
    /// use serde_json::{Value, json};
    /// use shared::{HttpsError, callable::HttpFunction, clock::SystemClock};
    ///
    /// async fn paid(request: Request<Bytes>) -> Result<Value, HttpsError> {
    ///     Ok(json!({"bytes": request.body().len()}))
    /// }
    ///
    /// let function = HttpFunction::new("paid", Arc::new(SystemClock::new()), paid);
    /// ```
    pub fn new<H, Fut>(name: &str, clock: Arc<dyn Clock>, handler: H) -> Self
    where
        H: Fn(Request<Bytes>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value, HttpsError>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |request| Box::pin(handler(request)));
        Self { handler, clock, name: name.into(), max_body_bytes: MAX_BODY_BYTES }
    }

    /// The longest request body that is read, in bytes. Default: 32 MiB.
    ///
    /// ```
    /// # use shared::{HttpsError, callable::HttpFunction};
    /// # fn bounded(function: HttpFunction) -> HttpFunction {
    /// function.max_body_bytes(64 << 10)
    /// # }
    /// ```
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
        let limit = invocation.map(|it| it.limit).unwrap_or_default();
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
            let written = Form::Unary.write(outcome, &limit.for_body(&head));
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

impl<B> Service<Request<B>> for HttpFunction
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
