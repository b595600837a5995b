//! The pipeline: one request in, one answer out, in the order that the protocol prescribes.
//!
//! ```text
//!    answer()              admit()                                            typed()                      Form::write
//!          preflight   envelope       tokens      check   policy   decode     handler     encode        frame
//! ─► cors ────┬───────────┬──────────────┬──────────┬───────┬─────────┬──────────┬───────────┬────────────┬──► answer
//!      204 ◄──┘    400 ◄──┘    401/503 ◄─┘   400 ◄──┘ 403 ◄─┘  400 ◄──┘   any ◄──┘    500 ◄──┘     500 ◄──┘  + CORS
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

use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use serde::{Serialize, de::DeserializeOwned};
use tower_service::Service;
use tracing::Instrument;

use super::{
    answer::Form,
    authenticator::Authenticator,
    body::read_body,
    chunk_sender::ChunkSender,
    deadline::{deadline, host_ending, with_deadline},
    handler::Handler,
    invocation::Invocation,
    metrics::Metrics,
    options::Options,
    record,
    request::CallableRequest,
    response_body::ResponseBody,
    streaming::{AnswerSettings, RunningStream},
    token_headers,
};
use crate::protocol::{
    CorsOrigins, HttpsError,
    data::{DataError, Document, default_budget},
    envelope::{self, BadRequest},
    json,
};

/// A request that may be handed to the handler, its `data` checked and not decoded yet.
type Admitted = Result<CallableRequest<Document>, HttpsError>;

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
    authenticator: Authenticator,
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
        authenticator: Authenticator,
        name: String,
        max_body_bytes: usize,
    ) -> Self {
        let cors = options.cors.clone().unwrap_or_default();
        let metrics = options.metrics.as_ref().map(|namespace| {
            Arc::new(Metrics {
                namespace: namespace.clone(),
                function: name.clone(),
                keys: authenticator.id_token_keys().cloned(),
            })
        });
        Self(Arc::new(Engine {
            handler,
            options,
            cors,
            authenticator,
            name,
            max_body_bytes,
            metrics,
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
        let clock = self.authenticator.clock();
        let started = clock.monotonic();
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
        let call = record::Call::begin(clock, started, self.metrics.as_ref(), span.clone());
        let mut head = form.headers();
        cors.apply(&mut head);
        if self.options.no_store {
            head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        let settings = AnswerSettings {
            keep_alive: self.options.keep_alive,
            deadline: deadline(&parts, clock.wall(), self.options.deadline_margin),
            ending: host_ending(&parts),
            room: invocation.map(|it| it.limit).unwrap_or_default().for_body(&head),
            call,
        };
        let admitted = pin!(self.admit(parts, body, form));
        let (status, body) = match form {
            Form::Unary => pin!(self.unary(admitted, settings)).instrument(span).await,
            Form::EventStream => pin!(self.streaming(admitted, settings)).instrument(span).await,
        };
        let mut response = Response::new(if headless { ResponseBody::default() } else { body });
        *response.status_mut() = status;
        *response.headers_mut() = head;
        response
    }

    async fn unary(
        &self,
        admitted: Pin<&mut impl Future<Output = Admitted>>,
        AnswerSettings { deadline, ending, room, mut call, .. }: AnswerSettings,
    ) -> (StatusCode, ResponseBody) {
        let work = pin!(async { (self.handler)(admitted.await?, None).await });
        let written = Form::Unary.write(with_deadline(deadline, ending, work).await, &room);
        call.finish(written.outcome.as_ref().copied());
        (written.status, written.body.into())
    }

    /// Whoever is not admitted gets an error as the only event; else the body runs the handler.
    async fn streaming(
        &self,
        admitted: Pin<&mut impl Future<Output = Admitted>>,
        settings: AnswerSettings,
    ) -> (StatusCode, ResponseBody) {
        let mut settings = AnswerSettings { call: settings.call.counting_chunks(), ..settings };
        match with_deadline(settings.deadline, settings.ending.clone(), admitted).await {
            Ok(request) => {
                let start = |sender| (self.handler)(request, Some(sender));
                (StatusCode::OK, RunningStream::new(start, settings).into())
            }
            Err(error) => {
                let written = Form::EventStream.write(Err(error), &settings.room);
                settings.call.finish(written.outcome.as_ref().copied());
                (written.status, written.body.into())
            }
        }
    }

    /// P6: the protocol's order, top to bottom. A bad body beats a bad token, a bad token beats
    /// everything in `data`, bad data beats the policy.
    async fn admit<B>(&self, parts: Parts, body: B, form: Form) -> Admitted
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let body = read_body(body, self.max_body_bytes).await.map_err(refuse)?;
        let text = envelope::read(&parts.method, &parts.headers, &body).map_err(refuse)?;

        let (auth, app) = self.authenticator.callers(&parts.headers, &self.options).await?;

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
            instance_id_token: token_headers::instance_id_token(&parts.headers),
            accepts_streaming: form == Form::EventStream,
            invocation: parts.extensions.get::<Invocation>().cloned().unwrap_or_default(),
            raw_request: Request::from_parts(parts, body),
        })
    }
}

/// The steps that know the author's types: decode, handler, encode.
pub(super) fn typed<In, Chunk, Out, H, Fut>(handler: H) -> Handler
where
    In: DeserializeOwned + Send + 'static,
    Chunk: Serialize + ?Sized + 'static,
    Out: Serialize + Send + 'static,
    H: Fn(CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |request, frames| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let request =
                request.try_map(|data| data.fit().map_err(DataError::into_https_error))?;
            let out = handler(request, ChunkSender::new(frames)).await?;
            Ok(json::result(&out)?)
        })
    })
}

fn refuse(reason: BadRequest) -> HttpsError {
    record::bad_request(reason);
    reason.into()
}
