//! Verifies tokens of one kind, with the rules and keys of that kind and the time of a clock.

use std::sync::Arc;

use super::{KeyCache, KeyOrigin, VerifyError};
use crate::{
    clock::Clock,
    token::{PublicKey, Rules, inspect, inspect_for_known_key},
};

/// The keys of one issuer, never those of several.
#[derive(Debug, Clone)]
pub enum Keys {
    /// One configured key: nothing is fetched, and the key id of a token is ignored.
    Fixed(PublicKey),
    /// A key set that is fetched and cached. Tokens must have a key id.
    Cached(Arc<KeyCache>),
}

/// Verifies the tokens of one kind and one issuer. Make one per process; clones share rules and keys.
///
/// ```
/// use std::sync::Arc;
/// use shared::{clock::SystemClock, keys::{CacheSettings, HttpsFetch, KeyCache, Keys, Verifier, google_id_token_keys}};
/// use shared::token::{IdTokenRules, TokenError};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let clock = Arc::new(SystemClock::new());
/// let settings = CacheSettings::id_tokens(google_id_token_keys());
/// let keys = KeyCache::new(settings, Arc::new(HttpsFetch::new()), clock.clone());
/// let verifier = Verifier::new(IdTokenRules::new("my-app"), Keys::Cached(keys), clock);
///
/// assert_eq!(verifier.verify("not a token").await.err(), Some(TokenError::Malformed.into()));
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Verifier<R> {
    rules: Arc<R>,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

impl<R: Rules> Verifier<R> {
    /// A verifier with these rules and keys, which takes the time from `clock`.
    #[must_use]
    pub fn new(rules: R, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        Self { rules: Arc::new(rules), keys, clock }
    }

    /// Verifies a token and returns its proof. A token that breaks a rule about its form or claims causes no key fetch.
    ///
    /// # Errors
    /// The rule that the token does not meet, or that there is no key to check the signature with.
    pub async fn verify(&self, raw: &str) -> Result<R::Proof, VerifyError> {
        self.verify_by(raw).await.map(|(proof, _)| proof)
    }

    /// [`Self::verify`], and where the key comes from; `None` for a configured key.
    pub(crate) async fn verify_by(
        &self,
        raw: &str,
    ) -> Result<(R::Proof, Option<KeyOrigin>), VerifyError> {
        let now = self.clock.unix_seconds();
        match &self.keys {
            Keys::Fixed(key) => {
                Ok((inspect_for_known_key(&*self.rules, raw, now)?.verify(key)?, None))
            }
            Keys::Cached(keys) => {
                let inspected = inspect(&*self.rules, raw, now)?;
                let (key, origin) = keys.find(inspected.kid()).await?;
                Ok((inspected.verify(&key)?, Some(origin)))
            }
        }
    }

    /// The cache of the keys; `None` for a configured key.
    pub(crate) fn cache(&self) -> Option<&Arc<KeyCache>> {
        let Keys::Cached(keys) = &self.keys else { return None };
        Some(keys)
    }
}
