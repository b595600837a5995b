//! Verifies Clerk session tokens, with a key from the configuration or with keys that are fetched from Clerk.

use std::{sync::Arc, time::Duration};

use shared::{
    clock::Clock,
    host::{Setup, StartError},
    keys::{CacheSettings, Keys, Verifier, VerifyError},
    net::ServiceUrl,
};
use tracing::warn;

use crate::{ClerkRules, ClerkSession, config::ClerkConfig};

/// Verifies the session tokens of one Clerk instance. Make one per process: clones share the cached keys.
#[derive(Debug, Clone)]
pub struct ClerkSessions(Verifier<ClerkRules>);

impl ClerkSessions {
    /// A verifier for the instance that the variables `CLERK_…` describe. Without `CLERK_JWT_KEY`, the key set is
    /// fetched at start, while the process waits for its first event.
    ///
    /// # Errors
    /// Names every variable that is missing or cannot be used.
    ///
    /// ```no_run
    /// # use firebase_callable_clerk::ClerkSessions;
    /// # use shared::{Callable, CallableRequest, HttpsError};
    /// # async fn handler(_: ClerkSessions, _: CallableRequest<()>) -> Result<(), HttpsError> { Ok(()) }
    /// # fn main() -> std::process::ExitCode {
    /// shared::run_with(async |setup| {
    ///     let sessions = ClerkSessions::from_setup(setup)?;
    ///     Ok(Callable::with(sessions, handler)) // the handler calls `sessions.verify(…)`
    /// })
    /// # }
    /// ```
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let config = ClerkConfig::read(|name| setup.variable(name).text())?;
        let keys = match config.key {
            Some(key) => Keys::Fixed(key),
            None => Keys::Cached(setup.key_cache(cache_settings(config.keys_url))),
        };
        let rules = ClerkRules::new(&config.issuer, config.authorized_parties);
        Ok(Self::new(rules, keys, setup.clock()))
    }

    /// The settings of the instance's key set; `None` if `CLERK_JWT_KEY` is set, so that none is fetched. For a function
    /// that mirrors key sets.
    ///
    /// ```
    /// # use firebase_callable_clerk::ClerkSessions;
    /// # use shared::{host::{Setup, StartError}, keys::CacheSettings};
    /// fn mirrored(setup: &Setup) -> Result<Vec<CacheSettings>, StartError> {
    ///     let mut sets = setup.firebase_key_sets().to_vec();
    ///     sets.extend(ClerkSessions::key_set(setup)?);
    ///     Ok(sets)
    /// }
    /// ```
    ///
    /// # Errors
    /// Names every variable that is missing or cannot be used.
    pub fn key_set(setup: &Setup) -> Result<Option<CacheSettings>, StartError> {
        let config = ClerkConfig::read(|name| setup.variable(name).text())?;
        Ok(config.key.is_none().then(|| cache_settings(config.keys_url)))
    }

    /// A verifier with these rules and keys; `clock` tells the time.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use firebase_callable_clerk::{ClerkRules, ClerkSessions};
    /// use shared::{clock::SystemClock, keys::Keys, token::{PublicKey, PublicKeyError}};
    ///
    /// fn sessions(pem: &str) -> Result<ClerkSessions, PublicKeyError> {
    ///     let rules = ClerkRules::new("https://clerk.example.com", ["https://app.example.com"]);
    ///     let keys = Keys::Fixed(PublicKey::from_pem(pem)?);
    ///     Ok(ClerkSessions::new(rules, keys, Arc::new(SystemClock::new())))
    /// }
    /// # assert_eq!(sessions("not a key").err(), Some(PublicKeyError::Pem));
    /// ```
    #[must_use]
    pub fn new(rules: ClerkRules, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        Self(Verifier::new(rules, keys, clock))
    }

    /// Verifies the session token `raw`. If it is refused, the reason is logged.
    ///
    /// # Errors
    /// The rule that the token does not meet, or why there is no key to verify it with.
    pub async fn verify(&self, raw: &str) -> Result<ClerkSession, VerifyError> {
        let session = self.0.verify(raw).await;
        if let Err(error) = &session {
            warn!(reason = error.reason(), "clerk session refused");
        }
        session
    }
}

/// A key set is fresh for five minutes, as in Clerk's SDK.
fn cache_settings(url: ServiceUrl) -> CacheSettings {
    let five_minutes = Duration::from_secs(300);
    CacheSettings {
        key_set: "clerk",
        default_lifetime: five_minutes,
        lifetime: (five_minutes, five_minutes),
        ..CacheSettings::id_tokens(url)
    }
}
