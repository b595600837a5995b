//! What a function is made of, from its configuration: verifiers, credentials, services. A missing
//! variable is reported here, before the first request.

use std::{cell::RefCell, future::Future, pin::Pin, sync::Arc};

use super::config::{Config, StartError};
#[cfg(feature = "secrets")]
use crate::secrets::{Aws, ServiceAccount};
use crate::{
    callable::{Authenticator, Callable, CallableService, IdTokenVerifier, PlainFunction},
    clock::{Clock, SystemClock},
    google::{AccessTokens, Accounts, CustomTokens},
    keys::{CacheSettings, Fetch, HttpsFetch, KeyCache, Keys, Verifier},
    protocol::HttpsError,
    token::{AppCheckRules, IdTokenRules},
};

/// What is begun beside the first poll, so that the first call finds it done.
type Ahead = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes the parts of one process. Handed to the closure of [`super::run_service`].
pub struct Setup {
    config: Config,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
    ahead: RefCell<Vec<Ahead>>,
    #[cfg(feature = "secrets")]
    service_account: std::cell::OnceCell<ServiceAccount>,
    #[cfg(feature = "emulator")]
    pub(super) emulator: std::cell::OnceCell<crate::token::EmulatorHost>,
}

impl Setup {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            clock: Arc::new(SystemClock::new()),
            fetch: Arc::new(HttpsFetch::new()),
            ahead: RefCell::default(),
            #[cfg(feature = "secrets")]
            service_account: std::cell::OnceCell::new(),
            #[cfg(feature = "emulator")]
            emulator: std::cell::OnceCell::new(),
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
        let authenticator = Authenticator::new(self.id_tokens(!ignored), self.clock())
            .with_app_check(self.app_check(enforced));
        Ok(callable.into_named_service(
            authenticator,
            self.config.name(),
            self.config.max_body_bytes,
        ))
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

    /// The value of an environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The cache of a key set, which is fetched beside the first poll.
    #[must_use]
    pub fn key_cache(&self, settings: CacheSettings) -> Arc<KeyCache> {
        self.keys(settings, true)
    }

    /// Signs custom tokens as the service account of `FIREBASE_SERVICE_ACCOUNT_SECRET`.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn custom_tokens(&self) -> Result<CustomTokens, StartError> {
        #[cfg(feature = "emulator")]
        if self.accepts_auth_emulator() && self.config.service_account_secret.is_none() {
            let unsigned = Arc::new(crate::google::EmulatorSigner);
            return Ok(CustomTokens::new(unsigned, self.clock()));
        }
        #[cfg(feature = "secrets")]
        return Ok(CustomTokens::new(Arc::new(self.service_account()?), self.clock()));
        #[cfg(not(feature = "secrets"))]
        Err(needs_secrets())
    }

    /// The accounts of the project's users, asked as the service account of
    /// `FIREBASE_SERVICE_ACCOUNT_SECRET`; the Auth emulator's where that is accepted.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn accounts(&self) -> Result<Accounts, StartError> {
        #[cfg(feature = "emulator")]
        if let Some(host) = self.emulator.get() {
            let base = crate::net::ServiceUrl::of_emulator(host);
            let owner = Arc::new(crate::google::AccessToken::new("owner"));
            return Ok(Accounts::at(base, &self.config.project_id, owner));
        }
        Ok(Accounts::new(&self.config.project_id, self.google_access_tokens()?))
    }

    /// The service account of `FIREBASE_SERVICE_ACCOUNT_SECRET`, read beside the first poll.
    ///
    /// # Errors
    /// The variable is not set.
    #[cfg(feature = "secrets")]
    pub fn service_account(&self) -> Result<ServiceAccount, StartError> {
        self.account_made(|aws, secret| {
            ServiceAccount::new(aws, secret, &self.config.project_id, self.clock())
        })
    }

    /// The same for a function that signs no custom tokens. Its account may belong to another
    /// project, and should: a key of an account of this project can sign in as any user, whatever
    /// roles the account has. Call it before anything else that needs the account.
    ///
    /// # Errors
    /// The variable is not set.
    #[cfg(feature = "secrets")]
    pub fn service_account_of_any_project(&self) -> Result<ServiceAccount, StartError> {
        self.account_made(|aws, secret| ServiceAccount::of_any_project(aws, secret, self.clock()))
    }

    #[cfg(feature = "secrets")]
    fn account_made(
        &self,
        make: impl FnOnce(Aws, &str) -> ServiceAccount,
    ) -> Result<ServiceAccount, StartError> {
        if let Some(account) = self.service_account.get() {
            return Ok(account.clone());
        }
        let secret = self.config.service_account_secret.as_deref().ok_or_else(|| {
            StartError::new(
                SECRET,
                "is not set: set it to the name or ARN of the secret in AWS Secrets Manager that \
                 holds the JSON key of a service account of the Firebase project",
            )
        })?;
        let account = make(Aws::default(), secret);
        let ahead = account.clone();
        self.ahead.borrow_mut().push(Box::pin(async move { ahead.prefetch().await }));
        Ok(self.service_account.get_or_init(|| account).clone())
    }

    fn google_access_tokens(&self) -> Result<Arc<dyn AccessTokens>, StartError> {
        #[cfg(feature = "secrets")]
        return Ok(Arc::new(self.service_account()?));
        #[cfg(not(feature = "secrets"))]
        Err(needs_secrets())
    }

    fn accepts_auth_emulator(&self) -> bool {
        #[cfg(feature = "emulator")]
        return self.emulator.get().is_some();
        #[cfg(not(feature = "emulator"))]
        false
    }

    fn id_tokens(&self, ahead: bool) -> IdTokenVerifier {
        let rules = IdTokenRules::new(&self.config.project_id);
        #[cfg(feature = "emulator")]
        if self.accepts_auth_emulator() {
            return IdTokenVerifier::Emulator(crate::token::EmulatorIdTokenRules::new(rules));
        }
        let settings = CacheSettings::id_tokens(self.config.id_token_keys_url.clone());
        let keys = Keys::Cached(self.keys(settings, ahead));
        IdTokenVerifier::Production(Verifier::new(rules, keys, self.clock()))
    }

    /// Keys are fetched ahead only where every call needs them.
    fn app_check(&self, ahead: bool) -> Verifier<AppCheckRules> {
        let mut rules = AppCheckRules::new(&self.config.project_id);
        if let Some(number) = &self.config.project_number {
            rules = rules.project_number(number);
        }
        let settings = CacheSettings::app_check(self.config.app_check_keys_url.clone());
        Verifier::new(rules, Keys::Cached(self.keys(settings, ahead)), self.clock())
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

const SECRET: &str = "FIREBASE_SERVICE_ACCOUNT_SECRET";

#[cfg(not(feature = "secrets"))]
fn needs_secrets() -> StartError {
    StartError::new(
        SECRET,
        "is needed by an option of this function and cannot be read: build it with the feature \
         `secrets` of the crate `shared`",
    )
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
