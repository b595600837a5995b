//! The pipeline: one request in, one answer out, in the order that the protocol prescribes.
//!
//! ```text
//!          preflight   envelope      ID token     decode        handler     encode
//! ─► cors ────┬───────────┬──────────────┬───────────┬─────────────┬───────────┬────────► answer
//!      204 ◄──┘    400 ◄──┘    401/503 ◄─┘    400 ◄──┘       any ◄─┘    500 ◄──┘ + CORS headers
//! ```

use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Method, Request, Response, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use tower_service::Service;
use tracing::Instrument;

use super::{
    Handler, Options,
    answer::{Form, ResponseBody},
    gate::Gate,
    invocation::Invocation,
    record,
    request::CallableRequest,
};
use crate::protocol::{
    CorsOrigins, HttpsError, data,
    envelope::{self, BadRequest, MAX_BODY_BYTES},
    header::INSTANCE_ID_TOKEN,
};

/// One callable as a tower service. Its error type says that it always answers: whatever the
/// request, a panic and the deadline included, the caller gets a callable answer with CORS headers.
///
/// Cheap to clone; one value serves any number of requests at once.
#[derive(Clone)]
pub struct CallableService(Arc<Engine>);

/// What a host tells the engine of itself.
pub(crate) struct HostTraits {
    /// The callable's name in the log.
    pub(crate) function: String,
    /// Whether the host can deliver an answer with this body.
    pub(crate) can_deliver: fn(&[u8]) -> bool,
}

struct Engine {
    handler: Handler,
    options: Options,
    cors: CorsOrigins,
    gate: Gate,
    host: HostTraits,
}

impl CallableService {
    pub(super) fn new(handler: Handler, options: Options, gate: Gate, host: HostTraits) -> Self {
        let cors = options.cors.clone().unwrap_or_default();
        Self(Arc::new(Engine {
            handler,
            options,
            cors,
            gate,
            host,
        }))
    }
}

impl<B> Service<Request<B>> for CallableService
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
        let engine = Arc::clone(&self.0);
        Box::pin(async move { Ok(engine.answer(request).await) })
    }
}

impl Engine {
    async fn answer<B>(&self, request: Request<B>) -> Response<ResponseBody>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let started = self.gate.clock.monotonic();
        let (parts, body) = request.into_parts();
        // The author's predicate may panic; the page then cannot read the answer, and no more.
        let cors = catch_unwind(AssertUnwindSafe(|| self.cors.for_request(&parts.headers)))
            .unwrap_or_else(|_| CorsOrigins::off().for_request(&parts.headers));
        let max_age = self.options.cors_max_age;
        if let Some(preflight) = cors.preflight(&parts.method, &parts.headers, max_age) {
            return preflight.map(|()| ResponseBody::default());
        }

        let form = Form::asked_for(&parts.headers);
        let headless = parts.method == Method::HEAD;
        let span = record::span(&self.host.function, form == Form::EventStream);
        async {
            let outcome = self.deliverable(self.outcome(parts, body, form).await);
            record::finished(
                &outcome,
                self.gate.clock.monotonic().saturating_sub(started),
            );
            let mut response = form.write(outcome);
            cors.apply(response.headers_mut());
            if headless {
                response.map(|_| ResponseBody::default())
            } else {
                response
            }
        }
        .instrument(span)
        .await
    }

    /// Whatever happens on the way, before the deadline and without a panic.
    async fn outcome<B>(&self, parts: Parts, body: B, form: Form) -> Result<Vec<u8>, HttpsError>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let invocation = parts
            .extensions
            .get::<Invocation>()
            .cloned()
            .unwrap_or_default();
        let budget = invocation.budget(self.gate.clock.wall(), self.options.deadline_margin);
        let steps = AssertUnwindSafe(self.steps(parts, body, form, invocation)).catch_unwind();
        let outcome = match budget {
            None => steps.await,
            Some(budget) => match tokio::time::timeout(budget, steps).await {
                Ok(outcome) => outcome,
                // DIFFERENCE: the reference is killed mid-air.
                Err(_) => return Err(HttpsError::deadline_exceeded("Deadline Exceeded")),
            },
        };
        outcome.unwrap_or_else(|_| Err(HttpsError::from_source("panicked")))
    }

    /// The protocol's order, top to bottom. A bad body beats a bad token, a bad token beats
    /// everything in `data`.
    async fn steps<B>(
        &self,
        parts: Parts,
        body: B,
        form: Form,
        invocation: Invocation,
    ) -> Result<Vec<u8>, HttpsError>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let body = read_body(body).await.map_err(refuse)?;
        let text = envelope::text(&body);
        let raw = envelope::read(&parts.method, &parts.headers, &text).map_err(refuse)?;

        let id_token = self.gate.id_token(&parts.headers).await;
        record::verification(&id_token);
        let auth = id_token.admit()?;

        let data = data::decode(raw).map_err(data::DataError::into_https_error)?;
        (self.handler)(CallableRequest {
            data,
            auth,
            instance_id_token: instance_id_token(&parts.headers),
            accepts_streaming: form == Form::EventStream,
            invocation,
        })
        .await
    }

    /// An answer that the host cannot carry would end as the gateway's error, without CORS.
    fn deliverable(&self, outcome: Result<Vec<u8>, HttpsError>) -> Result<Vec<u8>, HttpsError> {
        match outcome {
            Ok(body) if !(self.host.can_deliver)(&body) => Err(HttpsError::from_source(format!(
                "a result of {} bytes is too large for the host",
                body.len()
            ))),
            outcome => outcome,
        }
    }
}

/// How long a body may take to arrive: the reference's clients give up after 70 seconds.
const BODY_TIMEOUT: Duration = Duration::from_secs(70);

async fn read_body<B>(body: B) -> Result<Bytes, BadRequest>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let whole = Limited::new(body, MAX_BODY_BYTES).collect();
    match tokio::time::timeout(BODY_TIMEOUT, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(_)) | Err(_) => Err(BadRequest::BodyUnread),
    }
}

fn refuse(reason: BadRequest) -> HttpsError {
    record::bad_request(reason);
    reason.into()
}

fn instance_id_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(INSTANCE_ID_TOKEN)?.to_str().ok()?;
    (!token.is_empty()).then(|| token.to_owned())
}
