//! The engine: one callable as a plain tower service, with nothing of Lambda in it.
//! Authors meet [`Callable`], [`CallableRequest`] and [`AuthData`]; the rest is the pipeline.

mod answer;
mod gate;
mod invocation;
mod record;
mod request;
mod service;

#[cfg(test)]
mod tests;

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::protocol::{CorsOrigins, HttpsError, cors, data, json};

pub use answer::ResponseBody;
pub use gate::{Gate, IdTokenVerifier};
pub use invocation::Invocation;
pub use request::{AuthData, CallableRequest};
pub use service::CallableService;
pub(crate) use service::HostTraits;

/// How long before the platform's deadline a call is answered with DEADLINE_EXCEEDED.
const DEFAULT_DEADLINE_MARGIN: Duration = Duration::from_millis(500);

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

/// The author's function with its types erased: decoded `data` in, the body of the answer out.
/// Generic outside, plain inside: the pipeline is compiled once, whatever the handlers.
type Handler = Arc<dyn Fn(CallableRequest<Value>) -> Reply + Send + Sync>;
type Reply = Pin<Box<dyn Future<Output = Result<Vec<u8>, HttpsError>> + Send>>;

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) cors: Option<CorsOrigins>,
    pub(crate) cors_max_age: Duration,
    pub(crate) deadline_margin: Duration,
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
    /// `data` is decoded into `In`; what does not fit is INVALID_ARGUMENT with the path of the
    /// field. Take `()` for a callable without arguments, [`serde_json::Value`] for any. `Out` is
    /// written as a JavaScript server would write it. Captured values need no feature of ours:
    /// `Callable::new(move |request| add_message(db.clone(), request))`.
    pub fn new<In, Out, H, Fut>(handler: H) -> Self
    where
        In: DeserializeOwned + Send + 'static,
        Out: Serialize + Send + 'static,
        H: Fn(CallableRequest<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Out, HttpsError>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        Self::erased(Arc::new(move |request| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let request = request
                    .try_map(|value| data::fit(value).map_err(data::DataError::into_https_error))?;
                let out = handler(request).await?;
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
        self.into_hosted_service(
            gate,
            HostTraits {
                function: String::new(),
                can_deliver: |_| true,
            },
        )
    }

    pub(crate) fn into_hosted_service(self, gate: Gate, host: HostTraits) -> CallableService {
        CallableService::new(self.handler, self.options, gate, host)
    }

    pub(crate) fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }
}

impl fmt::Debug for Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callable")
            .field("cors", &self.options.cors)
            .finish_non_exhaustive()
    }
}
