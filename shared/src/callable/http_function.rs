//! A function that is not a callable, such as a webhook: POST in, JSON out, without the callables' protocol and without
//! CORS, since web pages do not call it. Errors, deadline and log record work as for a callable.

use std::{future::Future, pin::pin, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use serde_json::Value;
use tracing::Instrument;

use super::{
    answer::AnswerFormat, body::read_body, invocation::Invocation, log::CallRecord,
    options::DEFAULT_DEADLINE_MARGIN, response_body::ResponseBody, running_call::RunningCall,
    tower::impl_tower_service,
};
use crate::{
    clock::Clock,
    net::BoxFuture,
    protocol::{
        HttpsError,
        envelope::{BadRequest, MAX_BODY_BYTES},
    },
};

type Handler =
    Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Value, HttpsError>> + Send + Sync>;

/// A function that is not a callable, as a tower service. It answers with JSON: the handler's value, or
/// `{"error":{…}}` with the HTTP status of the error's code. [`Setup::http`](crate::host::Setup::http) makes one with
/// the host's clock, name and limits.
#[derive(Clone)]
pub struct HttpFunction {
    handler: Handler,
    clock: Arc<dyn Clock>,
    name: Arc<str>,
    max_body_bytes: usize,
}

impl_tower_service!(HttpFunction);

impl HttpFunction {
    /// A function that has this `name` in the log. A request that is not a POST gets INVALID_ARGUMENT, and `handler`
    /// does not run.
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

    async fn answer<B: Body>(&self, request: Request<B>) -> Response<ResponseBody> {
        let started = self.clock.monotonic();
        let (parts, body) = request.into_parts();
        let format = AnswerFormat::Json;
        let head = format.headers();
        let invocation = parts.extensions.get::<Invocation>();
        let record = CallRecord::begin(&self.clock, started, &self.name, None, false, invocation);
        let span = record.span().clone();
        let mut call = RunningCall::new(record, &parts, format, &head, DEFAULT_DEADLINE_MARGIN);
        let work = async {
            if parts.method != Method::POST {
                return Err(BadRequest::Method.into());
            }
            let body = read_body(body, self.max_body_bytes).await?;
            let value = (self.handler)(Request::from_parts(parts, body)).await?;
            Ok(value.to_string().into_bytes())
        };
        async {
            let (status, body): (_, ResponseBody) = call.finish(call.run(pin!(work)).await);
            body.into_response(status, head)
        }
        .instrument(span)
        .await
    }
}
