//! The pipeline: one request in, one answer out, in the order that the protocol prescribes.
//!
//! ```text
//!          preflight   envelope       tokens      decode   policy       handler     encode
//! ─► cors ────┬───────────┬──────────────┬───────────┬───────┬─────────────┬───────────┬───► answer
//!      204 ◄──┘    400 ◄──┘    401/503 ◄─┘    400 ◄──┘ 403 ◄─┘       any ◄─┘    500 ◄──┘ + CORS
//! ```

use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;
use tracing::Instrument;

use super::{
    Handler, Options,
    answer::{Form, ResponseBody},
    body::read_body,
    carriage::Room,
    ending::HostEnding,
    gate::{Gate, TokenStatus, refusal},
    invocation::Invocation,
    metrics::Metrics,
    record,
    request::{AppCheckData, AuthData, CallableRequest},
    streaming::{RunningStream, StreamSettings},
};
use crate::{
    fetched::until,
    protocol::{
        CorsOrigins, HttpsError,
        data::{DataError, Document, default_budget},
        envelope::{self, BadRequest},
        header::INSTANCE_ID_TOKEN,
    },
};

/// One callable as a tower service. Its error type says that it always answers: whatever the
/// request, a panic and the deadline included, the caller gets a callable answer with CORS headers.
///
/// Cheap to clone; one value serves any number of requests at once.
#[derive(Clone)]
pub struct CallableService(Arc<Engine>);

struct Engine {
    handler: Handler,
    options: Options,
    cors: CorsOrigins,
    gate: Gate,
    /// The callable's name in the log.
    name: String,
    /// The longest body that is read.
    max_body_bytes: usize,
    metrics: Option<Arc<Metrics>>,
}

impl CallableService {
    pub(super) fn new(
        handler: Handler,
        options: Options,
        gate: Gate,
        name: String,
        max_body_bytes: usize,
    ) -> Self {
        let cors = options.cors.clone().unwrap_or_default();
        let metrics = options.metrics.as_ref().map(|namespace| {
            Arc::new(Metrics {
                namespace: namespace.clone(),
                function: name.clone(),
                keys: gate.id_token_keys(),
            })
        });
        Self(Arc::new(Engine { handler, options, cors, gate, name, max_body_bytes, metrics }))
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
        let invocation = parts.extensions.get::<Invocation>();
        let span = record::span(&self.name, form == Form::EventStream, invocation);
        let clock = &self.gate.clock;
        let call = record::Call::begin(clock, started, self.metrics.as_ref(), span.clone());
        let mut head = form.headers();
        cors.apply(&mut head);
        if self.options.no_store {
            head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        let room = invocation.map(|it| it.carriage).unwrap_or_default().room(&head);
        let (status, body) = match form {
            Form::Unary => pin!(self.unary(parts, body, call, room)).instrument(span).await,
            Form::EventStream => {
                pin!(self.streaming(parts, body, call, room)).instrument(span).await
            }
        };
        let mut response = Response::new(if headless { ResponseBody::default() } else { body });
        *response.status_mut() = status;
        *response.headers_mut() = head;
        response
    }

    async fn unary<B>(
        &self,
        parts: Parts,
        body: B,
        mut call: record::Call,
        room: Room,
    ) -> (StatusCode, ResponseBody)
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (deadline, ending) = (self.deadline(&parts), host_ending(&parts));
        let work = pin!(async {
            let request = self.admit(parts, body, Form::Unary).await?;
            (self.handler)(request, None).await
        });
        let written = Form::Unary.write(before(deadline, ending, work).await, &room);
        call.finish(written.outcome.as_ref().copied());
        (written.status, written.body.into())
    }

    /// Whoever is not admitted gets an error as the only event; else the body runs the handler.
    async fn streaming<B>(
        &self,
        parts: Parts,
        body: B,
        call: record::Call,
        room: Room,
    ) -> (StatusCode, ResponseBody)
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut call = call.counting_chunks();
        let (deadline, ending) = (self.deadline(&parts), host_ending(&parts));
        let admitted = pin!(self.admit(parts, body, Form::EventStream));
        match before(deadline, ending.clone(), admitted).await {
            Ok(request) => {
                let keep_alive = self.options.keep_alive;
                let settings = StreamSettings { keep_alive, deadline, ending, room, call };
                let start = |sender| (self.handler)(request, Some(sender));
                (StatusCode::OK, RunningStream::new(start, settings).into())
            }
            Err(error) => {
                let written = Form::EventStream.write(Err(error), &room);
                call.finish(written.outcome.as_ref().copied());
                (written.status, written.body.into())
            }
        }
    }

    /// When the answer must be on its way; `None` where nobody ends the call.
    fn deadline(&self, parts: &Parts) -> Option<Instant> {
        let invocation = parts.extensions.get::<Invocation>()?;
        let margin = self.options.deadline_margin;
        Some(Instant::now() + invocation.budget(self.gate.clock.wall(), margin)?)
    }

    /// P6: the protocol's order, top to bottom. A bad body beats a bad token, a bad token beats
    /// everything in `data`, bad data beats the policy.
    async fn admit<B>(
        &self,
        parts: Parts,
        body: B,
        form: Form,
    ) -> Result<CallableRequest<Document>, HttpsError>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let body = read_body(body, self.max_body_bytes).await.map_err(refuse)?;
        let text = envelope::read(&parts.method, &parts.headers, &body).map_err(refuse)?;

        let (auth, app) = self.callers(&parts.headers).await?;

        let budget = self.options.data_budget.unwrap_or_else(|| default_budget(body.len()));
        let data = Document::check(text, budget).map_err(DataError::into_https_error)?;
        if let Some(policy) = &self.options.policy
            && !policy.admits(auth.as_ref(), &data).map_err(DataError::into_https_error)?
        {
            return Err(HttpsError::permission_denied("Permission Denied"));
        }
        Ok(CallableRequest {
            data,
            auth,
            app,
            instance_id_token: instance_id_token(&parts.headers),
            accepts_streaming: form == Form::EventStream,
            invocation: parts.extensions.get::<Invocation>().cloned().unwrap_or_default(),
            raw_request: Request::from_parts(parts, body),
        })
    }

    /// The ID token first: a bad one decides, and no App Check token is looked at then.
    async fn callers(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Option<AuthData>, Option<AppCheckData>), HttpsError> {
        let options = &self.options;
        let auth = if options.ignore_id_token {
            TokenStatus::Missing
        } else {
            self.gate.id_token(headers, &options.tenants, options.revocation.as_ref()).await
        };
        if let TokenStatus::Invalid(error) = auth {
            record::verification(&auth, None);
            return Err(refusal(error));
        }
        let app = self.gate.app_check(headers, options.app_check_consumer.as_deref()).await;
        record::verification(&auth, Some(&app));
        let enforced = options.enforce_app_check;
        // Not enforced, a bad token is as good as none: apps roll App Check out step by step.
        let app = if app.is_invalid() && !enforced { None } else { app.admit(enforced)? };
        Ok((auth.admit(false)?, app))
    }
}

/// Runs `work` until the deadline or the host's end, and turns a panic into INTERNAL. Takes a pinned future: it is
/// several KB, and every wrapper would otherwise hold a copy.
pub(super) async fn before<T>(
    deadline: Option<Instant>,
    ending: Option<HostEnding>,
    work: Pin<&mut impl Future<Output = Result<T, HttpsError>>>,
) -> Result<T, HttpsError> {
    let guarded = AssertUnwindSafe(work).catch_unwind();
    let Some(ending) = ending else {
        return before_deadline(deadline, guarded).await;
    };
    tokio::select! {
        biased;
        outcome = before_deadline(deadline, guarded) => outcome,
        // DIFFERENCE: the reference's connections are cut.
        () = ending.wait() => Err(HttpsError::unavailable("Unavailable")),
    }
}

async fn before_deadline<T>(
    deadline: Option<Instant>,
    guarded: impl Future<Output = std::thread::Result<Result<T, HttpsError>>>,
) -> Result<T, HttpsError> {
    let outcome = match deadline {
        None => guarded.await,
        Some(deadline) => match timeout_at(deadline, until(deadline, guarded)).await {
            Ok(outcome) => outcome,
            // P19, DIFFERENCE: the reference is killed mid-air.
            Err(_) => return Err(HttpsError::deadline_exceeded("Deadline Exceeded")),
        },
    };
    outcome.unwrap_or_else(|_| Err(HttpsError::from_source("panicked")))
}

pub(super) fn host_ending(parts: &Parts) -> Option<HostEnding> {
    parts.extensions.get::<Invocation>()?.host_ending.clone()
}

fn refuse(reason: BadRequest) -> HttpsError {
    record::bad_request(reason);
    reason.into()
}

fn instance_id_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(INSTANCE_ID_TOKEN)?.to_str().ok()?;
    (!token.is_empty()).then(|| token.to_owned())
}
