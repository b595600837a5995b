//! Verifies tokens of one kind: its rules, where its keys come from, and the time.

use std::sync::Arc;

use super::{KeyCache, KeyError};
use crate::{
    clock::Clock,
    token::{PublicKey, Rules, TokenError, inspect, inspect_for_known_key},
};

/// Where the keys of one issuer come from. Two issuers never share keys.
#[derive(Debug, Clone)]
pub enum Keys {
    /// The issuer's one key, which is configured: no network, and tokens need not name it.
    Fixed(PublicKey),
    /// The issuer's key set, fetched and kept. Tokens must name their key.
    Cached(Arc<KeyCache>),
}

/// Verifies the tokens of one kind and one issuer. One per process; a clone shares rules and keys.
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
#[derive(Clone)]
pub struct Verifier<R> {
    rules: Arc<R>,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

impl<R: Rules> Verifier<R> {
    /// Verifies by these rules, with these keys, at the times that `clock` tells.
    #[must_use]
    pub fn new(rules: R, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        Self { rules: Arc::new(rules), keys, clock }
    }

    /// What `raw` proves. A token that breaks a rule about its form or its claims causes no key fetch.
    ///
    /// # Errors
    /// The rule that is not met, or that there is no key to check the signature with.
    pub async fn verify(&self, raw: &str) -> Result<R::Proof, VerifyError> {
        let now = self.clock.unix_seconds();
        match &self.keys {
            Keys::Fixed(key) => Ok(inspect_for_known_key(&*self.rules, raw, now)?.verify(key)?),
            Keys::Cached(keys) => {
                let inspected = inspect(&*self.rules, raw, now)?;
                let key = keys.key(inspected.kid()).await?;
                Ok(inspected.verify(&key)?)
            }
        }
    }

    /// The cache of the keys; `None` for a key that is configured.
    #[must_use]
    pub fn cache(&self) -> Option<&Arc<KeyCache>> {
        match &self.keys {
            Keys::Fixed(_) => None,
            Keys::Cached(keys) => Some(keys),
        }
    }
}

/// Why a token was not verified: something is wrong with it, or that cannot be found out now.
///
/// ```
/// use shared::{keys::VerifyError, token::TokenError};
///
/// assert_eq!(VerifyError::from(TokenError::Exp).reason(), "exp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The rule that the token does not meet.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no key to check its signature with.
    #[error(transparent)]
    Unavailable(#[from] KeysUnavailable),
}

/// No key set is at hand and none can be fetched. Says nothing about the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", Self::REASON)]
pub struct KeysUnavailable;

impl KeysUnavailable {
    /// The word in the log. Users build alarms on it: it never changes.
    pub const REASON: &str = "keys_unavailable";
}

impl VerifyError {
    /// The word in the log. Users build alarms on these: they never change.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Unavailable(_) => KeysUnavailable::REASON,
        }
    }
}

impl From<KeyError> for VerifyError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unknown => Self::Token(TokenError::KidUnknown),
            KeyError::Unavailable => Self::Unavailable(KeysUnavailable),
        }
    }
}
