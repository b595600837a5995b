//! What a function is made of, from its configuration: verifiers, credentials, services. A missing
//! variable is reported here, before the first request.

use std::{
    cell::{OnceCell, RefCell},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use super::config::{Config, StartError};
use crate::{
    callable::{AppCheckVerifier, Callable, CallableService, Gate, IdTokenVerifier, PlainFunction},
    clerk::{ClerkKeys, ClerkSessions},
    clock::{Clock, SystemClock},
    keys::{CacheSettings, Fetch, HttpsFetch, KeyCache},
    net::ServiceUrl,
    protocol::HttpsError,
    token::{AppCheckRules, ClerkRules, IdTokenRules},
};

/// What is begun beside the first poll, so that the first call finds it done.
type Ahead = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A local Auth emulator that stands in for Google's services. Has no value in builds without the feature `emulator`.
#[derive(Debug, Clone)]
pub struct AuthEmulator(
    #[cfg(feature = "emulator")] pub(super) crate::token::EmulatorHost,
    #[cfg(not(feature = "emulator"))] std::convert::Infallible,
);

impl AuthEmulator {
    /// Where it listens.
    #[must_use]
    pub fn base_url(&self) -> ServiceUrl {
        #[cfg(feature = "emulator")]
        return ServiceUrl::of_emulator(&self.0);
        #[cfg(not(feature = "emulator"))]
        match self.0 {}
    }
}

/// Makes the parts of one process. Handed to the closure of [`super::run_service`].
pub struct Setup {
    config: Config,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
    ahead: RefCell<Vec<Ahead>>,
    pub(super) emulator: OnceCell<AuthEmulator>,
}

impl Setup {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            clock: Arc::new(SystemClock::new()),
            fetch: Arc::new(HttpsFetch::new()),
            ahead: RefCell::default(),
            emulator: OnceCell::new(),
        }
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The clock of everything that is made here.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The id of the Firebase project whose users may call.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.config.project_id
    }

    /// The value of an environment variable, for crates that build on this one; `None` if it is not set, or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// Does this beside the first poll, so that the first call most often finds it done.
    pub fn prefetch(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.ahead.borrow_mut().push(Box::pin(work));
    }

    /// The Auth emulator whose tokens this process accepts; `None` in production, and in every build without the
    /// feature `emulator`.
    #[must_use]
    pub fn auth_emulator(&self) -> Option<&AuthEmulator> {
        self.emulator.get()
    }

    pub(super) fn ahead(&self) -> Vec<Ahead> {
        self.ahead.take()
    }

    /// The callable as a service: its tokens verified, its options and the configuration applied.
    ///
    /// # Errors
    /// A variable that one of its options needs.
    pub fn callable(&self, mut callable: Callable) -> Result<CallableService, StartError> {
        let options = callable.options_mut();
        options.cors = options.cors.take().or_else(|| self.config.allowed_origins.clone());
        #[cfg(feature = "emulator")]
        match options.auth_emulator {
            Some(projects) => self.accept_auth_emulator(projects)?,
            None if self.accepts_auth_emulator() => {}
            None => self.warn_of_local_run_variables(),
        }
        #[cfg(not(feature = "emulator"))]
        self.warn_of_local_run_variables();

        // With the Auth emulator there is nothing to protect, and pages come from any port.
        if options.require_allowed_origins && !self.accepts_auth_emulator() {
            require_selective(options.cors.as_ref())?;
        }
        let (enforced, ignored) = (options.enforce_app_check, options.ignore_id_token);
        let app_check = self.app_check(enforced);
        let gate = Gate::new(self.id_tokens(!ignored), self.clock()).with_app_check(app_check);
        Ok(callable.into_named_service(gate, self.config.name(), self.config.max_body_bytes))
    }

    /// A plain function beside the callables, such as a webhook.
    pub fn plain<H, Fut>(&self, handler: H) -> PlainFunction
    where
        H: Fn(http::Request<bytes::Bytes>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<serde_json::Value, HttpsError>> + Send + 'static,
    {
        PlainFunction::new(&self.config.name(), self.clock(), handler)
            .max_body_bytes(self.config.max_body_bytes)
    }

    /// Verifies Clerk sessions, as `CLERK_ISSUER`, `CLERK_AUTHORIZED_PARTIES`, `CLERK_JWT_KEY` and
    /// `CLERK_JWKS_URL` say.
    ///
    /// # Errors
    /// The variable that is missing or wrong.
    pub fn clerk_sessions(&self) -> Result<ClerkSessions, StartError> {
        let config = self.config.clerk()?;
        let rules = ClerkRules::new(&config.issuer, config.authorized_parties);
        let keys = match config.key {
            Some(key) => ClerkKeys::Known(key),
            None => ClerkKeys::Fetched(self.keys(CacheSettings::clerk(config.keys_url), true)),
        };
        Ok(ClerkSessions::new(rules, keys, self.clock()))
    }

    fn accepts_auth_emulator(&self) -> bool {
        self.emulator.get().is_some()
    }

    fn id_tokens(&self, ahead: bool) -> IdTokenVerifier {
        let rules = IdTokenRules::new(&self.config.project_id);
        #[cfg(feature = "emulator")]
        if self.accepts_auth_emulator() {
            let rules = crate::token::EmulatorIdTokenRules::new(rules);
            return IdTokenVerifier::Emulator(Arc::new(rules));
        }
        let settings = CacheSettings::id_tokens(self.config.id_token_keys_url.clone());
        IdTokenVerifier::Production(Arc::new(rules), self.keys(settings, ahead))
    }

    /// Keys are fetched ahead only where every call needs them.
    fn app_check(&self, ahead: bool) -> AppCheckVerifier {
        let mut rules = AppCheckRules::new(&self.config.project_id);
        if let Some(number) = &self.config.project_number {
            rules = rules.project_number(number);
        }
        let settings = CacheSettings::app_check(self.config.app_check_keys_url.clone());
        AppCheckVerifier::new(rules, self.keys(settings, ahead))
    }

    fn keys(&self, settings: CacheSettings, ahead: bool) -> Arc<KeyCache> {
        let cache = KeyCache::new(settings, Arc::clone(&self.fetch), self.clock());
        if ahead {
            let keys = Arc::clone(&cache);
            self.ahead.borrow_mut().push(Box::pin(async move { keys.prefetch() }));
        }
        cache
    }

    pub(super) fn warn_of_local_run_variables(&self) {
        if !self.config.local_run_variables.is_empty() {
            tracing::error!(
                variables = self.config.local_run_variables.join(", "),
                "set, and ignored: this build verifies every token"
            );
        }
    }
}

fn require_selective(cors: Option<&crate::CorsOrigins>) -> Result<(), StartError> {
    if cors.is_some_and(crate::CorsOrigins::is_selective) {
        return Ok(());
    }
    Err(StartError::new(
        "ALLOWED_ORIGINS",
        "does not list the origins that may read this function's answers: set it to them, separated \
         by commas, as in ALLOWED_ORIGINS=https://app.example.com, or to nothing if no web page may",
    ))
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("config", &self.config).finish_non_exhaustive()
    }
}
