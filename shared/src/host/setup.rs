//! Builds the parts of a function from its configuration: verifiers, key sets, services. A missing variable is reported
//! here, before the first request.

mod callables;
mod keys;

use std::{
    cell::{OnceCell, RefCell},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use super::{
    config::Config, emulator::AuthEmulator, error::StartError, variable::Variable,
    variables::ALLOWED_ORIGINS,
};
#[cfg(feature = "contract")]
use crate::callable::Contract;
use crate::{
    callable::{
        Authenticator, Callable, CallableService, EmulatorProjects, HostDefaults, HttpFunction,
    },
    clock::{Clock, SystemClock},
    keys::{Fetch, HttpsFetch, KeyCache},
    protocol::{CorsOrigins, HttpsError},
};

/// Work that runs while the process polls for its first call, so that the call normally finds it finished.
pub(super) type Prefetch = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Builds the parts of one process from its configuration. [`run_with`](super::run_with) passes it to the author's start.
///
/// ```no_run
/// use shared::{Callable, CallableRequest, HttpsError};
///
/// async fn greet(request: CallableRequest<String>) -> Result<String, HttpsError> {
///     Ok(format!("Hello, {}", request.data))
/// }
///
/// fn main() -> std::process::ExitCode {
///     shared::run_with(async |setup| Ok(setup.callable(Callable::new(greet))?))
/// }
/// ```
pub struct Setup {
    config: Arc<Config>,
    variables: Box<dyn Fn(&str) -> Option<String>>,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
    prefetches: RefCell<Vec<Prefetch>>,
    key_caches: RefCell<Vec<Arc<KeyCache>>>,
    /// Those whose keys are fetched ahead.
    prefetched_keys: RefCell<Vec<Arc<KeyCache>>>,
    auth_emulator: OnceCell<AuthEmulator>,
    /// The caches of Firebase's two key sets, once a callable needs them: one for all callables of the process.
    id_token_keys: OnceCell<Arc<KeyCache>>,
    app_check_keys: OnceCell<Arc<KeyCache>>,
    #[cfg(feature = "contract")]
    contracts: RefCell<Vec<Contract>>,
}

impl Setup {
    /// `variables` returns the value of an environment variable. `config` was read through the same function.
    pub(super) fn new(
        config: Arc<Config>,
        variables: impl Fn(&str) -> Option<String> + 'static,
    ) -> Self {
        Self {
            config,
            variables: Box::new(variables),
            clock: Arc::new(SystemClock::new()),
            fetch: Arc::new(HttpsFetch::new()),
            prefetches: RefCell::default(),
            key_caches: RefCell::default(),
            prefetched_keys: RefCell::default(),
            auth_emulator: OnceCell::new(),
            id_token_keys: OnceCell::new(),
            app_check_keys: OnceCell::new(),
            #[cfg(feature = "contract")]
            contracts: RefCell::default(),
        }
    }

    /// The id of the Firebase project whose users may call: `FIREBASE_PROJECT_ID`.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.config.project_id
    }

    /// An environment variable of the function's own: required, with a default, or optional.
    ///
    /// ```
    /// use shared::host::{Setup, StartError};
    ///
    /// fn most_notes(setup: &Setup) -> Result<u32, StartError> {
    ///     setup.variable("MOST_NOTES").or(100)
    /// }
    /// ```
    pub fn variable(&self, name: &str) -> Variable {
        Variable::new(name, (self.variables)(name))
    }

    /// Whether the process runs on the real Lambda, and not locally, in a simulator of Lambda, or on another host.
    #[must_use]
    pub fn is_on_real_lambda(&self) -> bool {
        self.config.on_real_lambda
    }

    /// The process's clock. Every part that is made here uses it, so that all parts agree on the time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Runs `work` while the process polls for its first call. The start does not wait for it, and the first call
    /// normally finds it finished. That is not certain, so no call may depend on it.
    ///
    /// ```
    /// fn warm(setup: &shared::host::Setup) {
    ///     setup.prefetch(async { /* fetch what most calls need, into a cache */ });
    /// }
    /// ```
    pub fn prefetch(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.prefetches.borrow_mut().push(Box::pin(work));
    }

    pub(super) fn take_prefetches(&self) -> Vec<Prefetch> {
        self.prefetches.take()
    }

    /// The Auth emulator whose unsigned tokens are accepted, if there is one. `None` until [`Self::callable`] is called
    /// with a callable that accepts the emulator, or `accept_auth_emulator` is called. Always `None` in builds without
    /// the feature `emulator`.
    ///
    /// ```
    /// # use shared::{host::Setup, net::ServiceUrl};
    /// fn emulated_service(setup: &Setup) -> Option<ServiceUrl> {
    ///     setup.auth_emulator().map(|emulator| emulator.base_url())
    /// }
    /// ```
    #[must_use]
    pub fn auth_emulator(&self) -> Option<&AuthEmulator> {
        self.auth_emulator.get()
    }

    /// Accepts the unsigned tokens of the Auth emulator that `FIREBASE_AUTH_EMULATOR_HOST` names, if it names one.
    /// For a function that is not a callable; a callable has
    /// [`accept_auth_emulator`](Callable::accept_auth_emulator). Exists only in builds with the feature `emulator`.
    ///
    /// ```no_run
    /// # fn build(setup: &shared::host::Setup) -> Result<(), shared::host::StartError> {
    /// setup.accept_auth_emulator(shared::EmulatorProjects::DemoOnly)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The process runs on the real Lambda, the host is public, or the project may be a real one.
    #[cfg(feature = "emulator")]
    pub fn accept_auth_emulator(&self, projects: EmulatorProjects) -> Result<(), StartError> {
        self.use_auth_emulator(projects)
    }

    fn use_auth_emulator(&self, projects: EmulatorProjects) -> Result<(), StartError> {
        if self.auth_emulator.get().is_none()
            && let Some(emulator) = AuthEmulator::of(&self.config, projects)?
        {
            let _ = self.auth_emulator.set(emulator); // it was empty
        }
        Ok(())
    }

    /// A service that verifies tokens, applies the callable's options and the configuration, and runs the callable.
    /// For a start that puts another service around it; otherwise return the [`Callable`] itself.
    ///
    /// ```no_run
    /// # use shared::{Callable, CallableRequest, HttpsError};
    /// # async fn greet(request: CallableRequest<String>) -> Result<String, HttpsError> { Ok(request.data) }
    /// # fn main() -> std::process::ExitCode {
    /// shared::run_with(async |setup| Ok(setup.callable(Callable::new(greet).require_allowed_origins(true))?))
    /// # }
    /// ```
    ///
    /// # Errors
    /// A variable that one of the callable's options needs is missing or cannot be used.
    pub fn callable(&self, callable: Callable) -> Result<CallableService, StartError> {
        #[cfg(feature = "contract")]
        self.contracts.borrow_mut().push(callable.options.contract());
        self.service(callable, self.config.name())
    }

    /// The service of a callable that has this name in the log.
    fn service(&self, callable: Callable, name: String) -> Result<CallableService, StartError> {
        let options = &callable.options;
        match options.auth_emulator {
            Some(projects) => self.use_auth_emulator(projects)?,
            None if self.auth_emulator().is_some() => {}
            None => self.warn_of_local_run_variables(),
        }
        // With the Auth emulator there is no real data to protect, and local pages are served from any port.
        if options.require_allowed_origins && self.auth_emulator().is_none() {
            require_selective(options.cors.as_ref().or(self.config.allowed_origins.as_ref()))?;
        }
        let (enforced, ignored) = (options.enforce_app_check, options.ignore_id_token);
        let authenticator = Authenticator::new(self.id_tokens(!ignored), self.clock())
            .with_app_check(self.app_check(enforced));
        Ok(callable.into_hosted_service(authenticator, self.host_defaults(name)))
    }

    fn host_defaults(&self, name: String) -> HostDefaults {
        HostDefaults {
            name,
            allowed_origins: self.config.allowed_origins.clone(),
            max_body_bytes: self.config.max_body_bytes,
        }
    }

    /// A function that is not a callable, such as a webhook.
    ///
    /// ```no_run
    /// use bytes::Bytes;
    /// use serde_json::{Value, json};
    /// use shared::HttpsError;
    ///
    /// async fn paid(request: http::Request<Bytes>) -> Result<Value, HttpsError> {
    ///     Ok(json!({"bytes": request.body().len()}))
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     shared::run_with(async |setup| Ok(setup.http(paid)))
    /// }
    /// ```
    pub fn http<H, Fut>(&self, handler: H) -> HttpFunction
    where
        H: Fn(http::Request<bytes::Bytes>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<serde_json::Value, HttpsError>> + Send + 'static,
    {
        HttpFunction::new(&self.config.name(), self.clock(), handler)
            .max_body_bytes(self.config.max_body_bytes)
    }

    /// The contracts of the callables that were made; none for a function that is not a callable.
    #[cfg(feature = "contract")]
    pub(super) fn contracts(&self) -> Vec<Contract> {
        self.contracts.take()
    }

    fn warn_of_local_run_variables(&self) {
        if !self.config.local_run_variables.is_empty() {
            tracing::error!(
                variables = self.config.local_run_variables.join(", "),
                "variables of a local run are set, and ignored: this build verifies every token; unset them"
            );
        }
    }
}

fn require_selective(cors: Option<&CorsOrigins>) -> Result<(), StartError> {
    if cors.is_some_and(CorsOrigins::is_selective) {
        return Ok(());
    }
    Err(StartError::new(
        ALLOWED_ORIGINS,
        format_args!(
            "does not list the origins that may read this function's answers: set it to a list separated by \
             commas, as in {ALLOWED_ORIGINS}=https://app.example.com, or to an empty value if no web page may read them"
        ),
    ))
}
