//! The engine: one callable as a plain tower service, with nothing of Lambda in it.
//! Authors meet [`Callable`], [`CallableRequest`] and [`AuthData`]; the rest is the pipeline.

mod answer;
mod body;
mod carriage;
mod ending;
mod gate;
mod invocation;
pub(crate) mod metrics;
mod plain;
mod policy;
mod record;
mod request;
mod service;
mod sources;
mod streaming;

#[cfg(test)]
mod tests;

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    protocol::{
        CorsOrigins, HttpsError, cors,
        data::{DataError, Document},
        envelope::MAX_BODY_BYTES,
        json,
    },
    token::TenantPolicy,
};

pub use answer::ResponseBody;
pub(crate) use carriage::Carriage;
pub(crate) use ending::{EndCalls, HostEnding};
use gate::RevocationCheck;
pub use gate::{AppCheckVerifier, Gate, IdTokenVerifier, refusal, unavailable};
pub use invocation::Invocation;
pub use plain::PlainFunction;
pub use policy::{has_claim, has_claim_value, signed_in};
pub use request::{AppCheckData, AuthData, CallableRequest};
pub use service::CallableService;
pub use sources::{AppCheckConsumer, RevocationSource, SignIn, SourceError};
pub use streaming::ChunkSender;

/// How long before the platform's deadline a call is answered with DEADLINE_EXCEEDED.
const DEFAULT_DEADLINE_MARGIN: Duration = Duration::from_millis(500);

/// How long a stream may be silent; proxies in between give up after about a minute.
const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// One callable function: the author's async function and its options.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// #[derive(Deserialize)]
/// struct Numbers { a: f64, b: f64 }
///
/// #[derive(Serialize)]
/// struct Sum { sum: f64 }
///
/// async fn add(request: CallableRequest<Numbers>) -> Result<Sum, HttpsError> {
///     Ok(Sum { sum: request.data.a + request.data.b })
/// }
///
/// let callable = Callable::new(add);
/// ```
pub struct Callable {
    handler: Handler,
    options: Options,
}

/// The author's function with its types erased: checked `data` in, the body of the answer out.
/// Generic outside, plain inside: the pipeline is compiled once, whatever the handlers.
type Handler = Arc<dyn Fn(CallableRequest<Document>, Option<Frames>) -> Reply + Send + Sync>;
/// Where the frames of a stream's chunks go; absent for a caller who did not ask for a stream.
type Frames = mpsc::Sender<Bytes>;
type Reply = Pin<Box<dyn Future<Output = Result<Vec<u8>, HttpsError>> + Send>>;

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) cors: Option<CorsOrigins>,
    pub(crate) cors_max_age: Duration,
    pub(crate) deadline_margin: Duration,
    keep_alive: Option<Duration>,
    pub(crate) enforce_app_check: bool,
    pub(crate) app_check_consumer: Option<Arc<dyn AppCheckConsumer>>,
    pub(crate) revocation: Option<RevocationCheck>,
    pub(crate) ignore_id_token: bool,
    pub(crate) no_store: bool,
    pub(crate) require_allowed_origins: bool,
    data_budget: Option<usize>,
    metrics: Option<String>,
    policy: Option<policy::Policy>,
    tenants: TenantPolicy,
    #[cfg(feature = "emulator")]
    pub(crate) auth_emulator: Option<EmulatorProjects>,
}

/// Which Firebase projects a callable accepts Auth-emulator tokens for.
#[cfg(feature = "emulator")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmulatorProjects {
    /// Only projects whose id begins with `demo-`: by Firebase's convention they exist nowhere.
    DemoOnly,
    /// Any project. Its real tokens are still refused, as the emulator signs none.
    Any,
}

impl Callable {
    /// A callable that answers with one result. A client that asks for a stream gets that result
    /// as the only event.
    ///
    /// `data` is decoded into `In`; `data` that does not fit is INVALID_ARGUMENT with the path of the field. Take
    /// `()` for a callable without arguments, [`serde_json::Value`] for any. `Out` is written as a JavaScript server
    /// would write it; a result that a client SDK could not decode, such as one with an unknown `@type`, becomes
    /// INTERNAL. The closure can capture values: `Callable::new(move |request| add_message(db.clone(), request))`.
    pub fn new<In, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + Send + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        Self::streaming(move |request, _: ChunkSender<()>| handler(request))
    }

    /// A callable that sends chunks while it runs, and ends with a result.
    ///
    /// One handler serves both kinds of clients: for one that did not ask for a stream, sending
    /// does nothing, and the result is the answer. Prefer a result that is not null: the Android
    /// SDK takes no notice of a null at the end of a stream.
    ///
    /// A client that goes away ends the handler at its next await, where the host can tell: over
    /// plain HTTP, not on Lambda.
    pub fn streaming<In, Chunk, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + Send + 'static,
        Chunk: Serialize + ?Sized + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(CallableRequest<In>, ChunkSender<Chunk>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        Self::erased(Arc::new(move |request, frames| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let request =
                    request.try_map(|data| data.fit().map_err(DataError::into_https_error))?;
                let out = handler(request, ChunkSender::new(frames)).await?;
                Ok(json::result(&out)?)
            })
        }))
    }

    fn erased(handler: Handler) -> Self {
        Self {
            handler,
            options: Options {
                cors: None,
                cors_max_age: cors::DEFAULT_MAX_AGE,
                deadline_margin: DEFAULT_DEADLINE_MARGIN,
                keep_alive: Some(DEFAULT_KEEP_ALIVE),
                enforce_app_check: false,
                app_check_consumer: None,
                revocation: None,
                ignore_id_token: false,
                no_store: false,
                require_allowed_origins: false,
                data_budget: None,
                metrics: None,
                policy: None,
                tenants: TenantPolicy::Any,
                #[cfg(feature = "emulator")]
                auth_emulator: None,
            },
        }
    }

    /// Which origins may read the answers. Default: `ALLOWED_ORIGINS`, and any origin without it.
    #[must_use]
    pub fn cors(mut self, origins: CorsOrigins) -> Self {
        self.options.cors = Some(origins);
        self
    }

    /// How long browsers may remember a preflight answer. Default: one hour.
    #[must_use]
    pub fn cors_max_age(mut self, max_age: Duration) -> Self {
        self.options.cors_max_age = max_age;
        self
    }

    /// How long before Lambda's deadline the caller gets DEADLINE_EXCEEDED, instead of the
    /// gateway's error after the kill. Default: 500 ms.
    #[must_use]
    pub fn deadline_margin(mut self, margin: Duration) -> Self {
        self.options.deadline_margin = margin;
        self
    }

    /// Whether a call without a valid App Check token is UNAUTHENTICATED. Default: no; the handler
    /// then sees no `app` for such a call.
    #[must_use]
    pub fn enforce_app_check(mut self, on: bool) -> Self {
        self.options.enforce_app_check = on;
        self
    }

    /// Marks each App Check token as used, so that the handler sees in
    /// [`AppCheckData::already_consumed`] if it was before: against replay, for callables that act
    /// once. Costs a call of Google's per request. `consumer` is `Google::app_check()` of the crate
    /// `firebase-callable-google`. Default: no token is marked.
    ///
    /// When the consumer has no answer, the call is UNAVAILABLE where App Check is enforced; elsewhere the
    /// token is as good as none.
    #[must_use]
    pub fn consume_app_check_token(mut self, consumer: impl AppCheckConsumer) -> Self {
        self.options.app_check_consumer = Some(Arc::new(consumer));
        self
    }

    /// Refuses callers whose sign-in was revoked, whose account is disabled, or who have none: asked of `source`,
    /// which is `Google::revocation()` of the crate `firebase-callable-google`. Without an answer the call is
    /// UNAVAILABLE. Default: a token counts until it expires, an hour at most, as in the reference.
    #[must_use]
    pub fn check_revoked(mut self, source: impl RevocationSource) -> Self {
        self.options.revocation =
            Some(RevocationCheck { source: Arc::new(source), required: true });
        self
    }

    /// Like [`check_revoked`](Self::check_revoked), but without an answer the call goes on, with a warning in the log.
    #[must_use]
    pub fn check_revoked_unless_unavailable(mut self, source: impl RevocationSource) -> Self {
        self.options.revocation =
            Some(RevocationCheck { source: Arc::new(source), required: false });
        self
    }

    /// Leaves the `Authorization` header unread: every caller is signed out, and no token is refused.
    /// For a callable that signs users in: client SDKs attach the old ID token by themselves, and an
    /// expired one must not be in the way. Default: no.
    #[must_use]
    pub fn ignore_id_token(mut self, on: bool) -> Self {
        self.options.ignore_id_token = on;
        self
    }

    /// Whether answers say `Cache-Control: no-store`, as whatever holds a credential should.
    /// Default: no; answers to POST are not stored by browsers anyway.
    #[must_use]
    pub fn no_store(mut self, on: bool) -> Self {
        self.options.no_store = on;
        self
    }

    /// Whether the process starts only with a list of origins in `ALLOWED_ORIGINS` (or in
    /// [`cors`](Self::cors)), which may be empty: no reflection of any origin, and no `*`. Default: no.
    #[must_use]
    pub fn require_allowed_origins(mut self, on: bool) -> Self {
        self.options.require_allowed_origins = on;
        self
    }

    /// Writes a line per call of which CloudWatch makes metrics, in this namespace: calls, duration and
    /// cold starts, by function and by status. Default: none; the log record of a call says the same.
    #[must_use]
    pub fn metrics(mut self, namespace: impl Into<String>) -> Self {
        self.options.metrics = Some(namespace.into());
        self
    }

    /// Who may call, decided from the caller and the decoded `data` before the handler runs: a refused caller gets
    /// PERMISSION_DENIED. Default: everybody. See [`signed_in`], [`has_claim`] and [`has_claim_value`], which are
    /// asked before any of `data` is built; for a closure, `data` is built as a [`Value`], within the
    /// [budget](Self::data_budget). If the closure does not look at the data, use a
    /// [`caller_policy`](Self::caller_policy).
    #[must_use]
    pub fn auth_policy(
        mut self,
        policy: impl Fn(Option<&AuthData>, &Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.policy = Some(policy::Policy::new(policy));
        self
    }

    /// Who may call, decided from the caller alone: like [`auth_policy`](Self::auth_policy), which it
    /// replaces, but asked before anything of `data` is built. Default: everybody.
    #[must_use]
    pub fn caller_policy(
        mut self,
        policy: impl Fn(Option<&AuthData>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.policy = Some(policy::Policy::of_caller(policy));
        self
    }

    /// How many bytes of memory the `data` of a call may take, beside the body itself, once it is read into the
    /// handler's type or into a policy's [`Value`]; a call whose `data` would take more is INVALID_ARGUMENT. Default:
    /// 7 MiB, or 4 MiB and five times the length of the body if that is more, which keeps a process with one call at
    /// a time below eight times the body and 16 MB. Raise it for a handler that takes a [`Value`] or many small lists
    /// and objects: a `Value` of an object with two members takes about 500 bytes.
    #[must_use]
    pub fn data_budget(mut self, bytes: usize) -> Self {
        self.options.data_budget = Some(bytes);
        self
    }

    /// Which Identity Platform tenants' users may call; others are UNAUTHENTICATED. Default: any.
    #[must_use]
    pub fn tenants(mut self, tenants: TenantPolicy) -> Self {
        self.options.tenants = tenants;
        self
    }

    /// How long a stream may be silent before blanks are sent to keep its connection open.
    /// Default: 30 seconds; `None`: never.
    #[must_use]
    pub fn keep_alive(mut self, every: Option<Duration>) -> Self {
        self.options.keep_alive = every.filter(|every| !every.is_zero());
        self
    }

    /// Accepts the unsigned tokens of the Auth emulator, if `FIREBASE_AUTH_EMULATOR_HOST` names
    /// one too. Exists only in builds with the `emulator` feature, and refuses to start on Lambda.
    #[cfg(feature = "emulator")]
    #[must_use]
    pub fn accept_auth_emulator(mut self, projects: EmulatorProjects) -> Self {
        self.options.auth_emulator = Some(projects);
        self
    }

    /// The callable as a tower service that any host or test can call.
    #[must_use]
    pub fn into_service(self, gate: Gate) -> CallableService {
        self.into_named_service(gate, String::new(), MAX_BODY_BYTES)
    }

    /// `name` is the callable's in the log, `max_body_bytes` the longest body that is read.
    pub(crate) fn into_named_service(
        self,
        gate: Gate,
        name: String,
        max_body_bytes: usize,
    ) -> CallableService {
        CallableService::new(self.handler, self.options, gate, name, max_body_bytes)
    }

    pub(crate) fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }
}

impl fmt::Debug for Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callable").field("cors", &self.options.cors).finish_non_exhaustive()
    }
}
