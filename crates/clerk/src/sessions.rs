//! Verifies Clerk session tokens: the rules, and keys from configuration or from Clerk.

use std::{sync::Arc, time::Duration};

use shared::{
    clock::Clock,
    host::{Setup, StartError},
    keys::{CacheSettings, KeyCache, KeyError},
    net::ServiceUrl,
    token::{PublicKey, TokenError},
};
use tracing::warn;

use crate::{ClerkRules, ClerkSession, config::ClerkConfig};

/// Where the keys of a Clerk instance come from. Never shared with Firebase's.
#[derive(Debug, Clone)]
pub enum ClerkKeys {
    /// The instance's one key: no network.
    Known(PublicKey),
    /// The instance's key set, fetched and kept.
    Fetched(Arc<KeyCache>),
}

/// Verifies the session tokens of one Clerk instance. One per process.
#[derive(Clone)]
pub struct ClerkSessions {
    rules: Arc<ClerkRules>,
    keys: ClerkKeys,
    clock: Arc<dyn Clock>,
}

impl ClerkSessions {
    /// The verifier of the instance that the variables `CLERK_…` describe. Without `CLERK_JWT_KEY`, keys are fetched
    /// beside the first poll.
    ///
    /// # Errors
    /// The variable that is missing or wrong.
    ///
    /// ```no_run
    /// # use shared::{Callable, CallableRequest, HttpsError};
    /// # async fn handler(_: CallableRequest<()>) -> Result<(), HttpsError> { Ok(()) }
    /// # fn main() -> std::process::ExitCode {
    /// shared::run_service(|setup| {
    ///     let sessions = firebase_callable_clerk::ClerkSessions::from_setup(setup)?;
    ///     // … a callable whose handler calls `sessions.verify(…)`
    /// #   drop(sessions);
    ///     setup.callable(Callable::new(handler))
    /// })
    /// # }
    /// ```
    pub fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let config = ClerkConfig::read(|name| setup.variable(name))?;
        let keys = match config.key {
            Some(key) => ClerkKeys::Known(key),
            None => ClerkKeys::Fetched(setup.key_cache(cache_settings(config.keys_url))),
        };
        let rules = ClerkRules::new(&config.issuer, config.authorized_parties);
        Ok(Self::new(rules, keys, setup.clock()))
    }

    /// A verifier by these rules, with these keys, at times that `clock` tells.
    #[must_use]
    pub fn new(rules: ClerkRules, keys: ClerkKeys, clock: Arc<dyn Clock>) -> Self {
        let rules = match keys {
            ClerkKeys::Known(_) => rules.known_key(),
            ClerkKeys::Fetched(_) => rules,
        };
        Self { rules: Arc::new(rules), keys, clock }
    }

    /// The session that `raw` proves. If the token is refused, the reason is in the log.
    ///
    /// # Errors
    /// The rule that is not met; [`TokenError::KeysUnavailable`] if there is no key to check with.
    pub async fn verify(&self, raw: &str) -> Result<ClerkSession, TokenError> {
        let session = self.check(raw).await;
        if let Err(error) = &session {
            warn!(reason = error.reason(), "clerk session refused");
        }
        session
    }

    async fn check(&self, raw: &str) -> Result<ClerkSession, TokenError> {
        let inspected = self.rules.inspect(raw, self.clock.unix_seconds())?;
        match &self.keys {
            ClerkKeys::Known(key) => inspected.verify(key),
            ClerkKeys::Fetched(keys) => {
                let key = keys.key(inspected.kid()).await.map_err(|error| match error {
                    KeyError::Unknown => TokenError::KidUnknown,
                    KeyError::Unavailable => TokenError::KeysUnavailable,
                })?;
                inspected.verify(&key)
            }
        }
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
