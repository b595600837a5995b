//! Verifies Clerk session tokens: the rules, and keys from configuration or from Clerk.

use std::sync::Arc;

use tracing::warn;

use crate::{
    clock::Clock,
    keys::{KeyCache, KeyError},
    token::{ClerkRules, ClerkSession, PublicKey, TokenError},
};

/// Where the keys of a Clerk instance come from. Never shared with Firebase's.
#[derive(Debug, Clone)]
pub enum ClerkKeys {
    /// The instance's one key: no network.
    Known(PublicKey),
    /// The instance's key set, fetched and kept.
    Fetched(Arc<KeyCache>),
}

/// Verifies the session tokens of one Clerk instance. One per process.
#[derive(Debug, Clone)]
pub struct ClerkSessions {
    rules: Arc<ClerkRules>,
    keys: ClerkKeys,
    clock: Arc<dyn Clock>,
}

impl ClerkSessions {
    /// A verifier by these rules, with these keys, at times that `clock` tells.
    #[must_use]
    pub fn new(rules: ClerkRules, keys: ClerkKeys, clock: Arc<dyn Clock>) -> Self {
        let rules = match keys {
            ClerkKeys::Known(_) => rules.known_key(),
            ClerkKeys::Fetched(_) => rules,
        };
        Self { rules: Arc::new(rules), keys, clock }
    }

    /// The session that `raw` proves. Whatever is refused has its reason in the log.
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
