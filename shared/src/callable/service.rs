//! The pipeline: one request in, one answer out, in the order that the protocol prescribes.
//!
//! ```text
//! cors ─► body ─► envelope ─► tokens ─► check ─► policy ─► guards ─► decode ─► handler ─► encode ─► answer
//!         └──────────── checked_request() ────────────┘    guarded()  └ erase_types() ┘   └ RunningCall::finish()
//! ```
//!
//! Which error code a client sees:
//!
//! | a call that fails in | gets | decided in |
//! |---|---|---|
//! | body, envelope | INVALID_ARGUMENT, "Bad Request" | `body.rs`, `protocol/envelope.rs` |
//! | tokens | UNAUTHENTICATED; UNAVAILABLE if a token cannot be checked now | `authenticator.rs`, `rejection.rs` |
//! | check: is `data` well formed? | INVALID_ARGUMENT with the field | `protocol/data.rs` |
//! | policy | PERMISSION_DENIED | `checked_request` below |
//! | guards | the code that the guard chooses; its answer if it has one | `guard.rs`, the author |
//! | decode: does `data` fit the handler's type? | INVALID_ARGUMENT with the field | `protocol/data.rs` |
//! | handler | the code of its `HttpsError`; INTERNAL for an error through `?` or `.or_internal()?` | the author, `protocol/error.rs` |
//! | encode | INTERNAL if the answer cannot be written as JSON or is too large | `answer.rs` |
//! | any step | DEADLINE_EXCEEDED; UNAVAILABLE if the host shuts down; INTERNAL if it panics | `running_call.rs`, `streaming.rs` |
//!
//! The HTTP status of each code is in `protocol/code.rs`. A stream always has the status 200; its last event has the
//! code. A preflight is answered with 204 and is not a call.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;

use super::{
    answer::AnswerFormat,
    authenticator::Authenticator,
    body::read_body,
    chunk_sender::ChunkSender,
    guard,
    handler::{Handler, Run},
    host_defaults::HostDefaults,
    invocation::Invocation,
    log::{self, CallRecord},
    metrics::Metrics,
    options::Options,
    request::CallableRequest,
    response_body::ResponseBody,
    running_call::RunningCall,
    streaming::RunningStream,
    token_headers,
    tower::impl_tower_service,
};
use crate::protocol::{
    CorsOrigins, HttpsError,
    data::{DataError, Document, default_budget},
    envelope::{self, BadRequest},
    json,
};

/// A request for the handler: its tokens are verified, its `data` is checked and not decoded yet.
type CheckedRequest = Result<CallableRequest<Document>, HttpsError>;

/// One callable as a tower service. Its error type is `Infallible`: the client gets a callable answer with CORS headers
/// whatever it sent, even after a panic or at the deadline.
///
/// Cheap to clone. One value serves any number of requests at once.
#[derive(Clone)]
pub struct CallableService(Arc<Engine>);

impl_tower_service!(CallableService);

struct Engine {
    handler: Run,
    options: Options,
    cors: CorsOrigins,
    authenticator: Authenticator,
    host: HostDefaults,
    metrics: Option<Arc<Metrics>>,
}

impl CallableService {
    pub(super) fn new(
        handler: Handler,
        mut options: Options,
        authenticator: Authenticator,
        mut host: HostDefaults,
    ) -> Self {
        let cors = options.cors.take().or(host.allowed_origins.take()).unwrap_or_default();
        let handler = match mem::take(&mut options.guards) {
            guards if guards.is_empty() => handler,
            guards => guard::guarded(handler, guards, host.name.clone()),
        };
        let metrics = options.metrics.take().map(|namespace| {
            let keys = authenticator.id_token_keys().cloned();
            Arc::new(Metrics { namespace, function: host.name.clone(), keys })
        });
        Self(Arc::new(Engine { handler: handler.run, options, cors, authenticator, host, metrics }))
    }

    pub(super) fn answer<B: Body>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Response<ResponseBody>> {
        self.0.answer(request)
    }
}

impl Engine {
    async fn answer<B: Body>(&self, request: Request<B>) -> Response<ResponseBody> {
        let clock = self.authenticator.clock();
        let started = clock.monotonic();
        let (parts, body) = request.into_parts();
        // The author's predicate for origins may panic: the answer then has no CORS headers.
        let cors = catch_unwind(AssertUnwindSafe(|| self.cors.for_request(&parts.headers)))
            .unwrap_or_else(|_| CorsOrigins::off().for_request(&parts.headers));
        let max_age = self.options.cors_max_age;
        if let Some(preflight) = cors.preflight(&parts.method, &parts.headers, max_age) {
            return preflight.map(|()| ResponseBody::default());
        }

        let format = AnswerFormat::requested_by(&parts.headers);
        let mut head = format.headers();
        cors.apply(&mut head);
        if self.options.no_store {
            head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        let record = CallRecord::begin(
            clock,
            started,
            &self.host.name,
            self.metrics.as_ref(),
            format == AnswerFormat::EventStream,
            parts.extensions.get::<Invocation>(),
        );
        let span = record.span().clone();
        let call = RunningCall::new(record, &parts, format, &head, self.options.deadline_margin);
        let is_head = parts.method == Method::HEAD;
        let request = pin!(self.checked_request(parts, body, format));
        let (status, body) = match format {
            AnswerFormat::Json => pin!(self.unary(request, call)).instrument(span).await,
            AnswerFormat::EventStream => pin!(self.streaming(request, call)).instrument(span).await,
        };
        let body = if is_head { ResponseBody::default() } else { body };
        body.into_response(status, head)
    }

    /// P6: the order is the protocol's. A bad body is reported before a bad token, a bad token before anything in
    /// `data`, bad data before the policy's refusal.
    async fn checked_request<B: Body>(
        &self,
        parts: Parts,
        body: B,
        format: AnswerFormat,
    ) -> CheckedRequest {
        let body = read_body(body, self.host.max_body_bytes).await.map_err(bad_request)?;
        let text = envelope::read(&parts.method, &parts.headers, &body).map_err(bad_request)?;

        let (auth, app) = self.authenticator.verify(&parts.headers, &self.options).await?;

        let budget = self.options.data_budget.unwrap_or_else(|| default_budget(body.len()));
        let data = Document::check(text, budget).map_err(DataError::into_https_error)?;
        if let Some(policy) = &self.options.policy
            && !policy.allows(auth.as_ref(), &data).map_err(DataError::into_https_error)?
        {
            return Err(HttpsError::permission_denied("Permission Denied"));
        }
        Ok(CallableRequest {
            data,
            auth,
            app,
            instance_id_token: token_headers::instance_id_token(&parts.headers),
            accepts_streaming: format == AnswerFormat::EventStream,
            invocation: parts.extensions.get::<Invocation>().cloned().unwrap_or_default(),
            raw_request: Request::from_parts(parts, body),
        })
    }

    async fn unary(
        &self,
        request: Pin<&mut impl Future<Output = CheckedRequest>>,
        mut call: RunningCall,
    ) -> (StatusCode, ResponseBody) {
        let work = pin!(async { (self.handler)(request.await?, None).await });
        call.finish(call.run(work).await)
    }

    /// The request is checked before the answer begins; the body of the answer then runs the handler. If the check
    /// fails, its error is the only event.
    async fn streaming(
        &self,
        request: Pin<&mut impl Future<Output = CheckedRequest>>,
        mut call: RunningCall,
    ) -> (StatusCode, ResponseBody) {
        match call.run(request).await {
            Ok(request) => {
                let start = |events| (self.handler)(request, Some(events));
                let stream = RunningStream::new(start, call, self.options.keep_alive);
                (StatusCode::OK, stream.into())
            }
            Err(error) => call.finish(Err(error)),
        }
    }
}

/// Wraps the author's function in the steps that depend on its types: `data` is decoded, the handler runs, its result
/// is written as JSON.
pub(super) fn erase_types<In, Chunk, Out, H, Fut>(handler: H) -> Handler
where
    In: DeserializeOwned + Send + 'static,
    Chunk: Serialize + ?Sized + 'static,
    Out: Serialize + Send + 'static,
    H: Fn(CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    let run: Run = Arc::new(move |request, events| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let request =
                request.try_map(|data| data.fit().map_err(DataError::into_https_error))?;
            let out = handler(request, ChunkSender::new(events)).await?;
            Ok(json::result(&out)?)
        })
    });
    Handler { run, fits: |data| data.fit::<In>().map(drop) }
}

fn bad_request(reason: BadRequest) -> HttpsError {
    log::bad_request(reason);
    reason.into()
}
