//! Access tokens for other scopes than `cloud-platform`: a set of scopes, and one cached token per set.

use std::sync::{Arc, Mutex, PoisonError};

use shared::{clock::Clock, net::BoxFuture};

use crate::{
    AccessToken, AccessTokens, GoogleError,
    access_token::{CachedTokens, Grant},
};

/// The scope of requests to accounts, App Check and signing. It also covers Firestore and most other Google APIs.
pub(crate) const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
/// More sets than a program has. The oldest set's token is then dropped from the cache, and requested again when needed.
const MAX_SETS: usize = 16;

/// A set of OAuth 2 scopes, sorted, so that equal sets share a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scopes(Arc<[String]>);

impl Scopes {
    pub(crate) fn new(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes.into())
    }

    /// The scopes separated by spaces, as in an assertion. Source: RFC 6749 §3.3.
    pub(crate) fn joined(&self) -> String {
        self.0.join(" ")
    }

    pub(crate) fn list(&self) -> &[String] {
        &self.0
    }
}

impl Default for Scopes {
    fn default() -> Self {
        Self::new([CLOUD_PLATFORM])
    }
}

/// The access tokens of one account, cached for each set of scopes. As [`AccessTokens`], those of `cloud-platform`.
pub(crate) struct TokensByScope {
    tokens_of: Box<dyn Fn(Scopes) -> CachedTokens + Send + Sync>,
    cached: Mutex<Vec<(Scopes, CachedTokens)>>,
}

impl TokensByScope {
    /// `grant_of` makes the request for a token with these scopes.
    pub(crate) fn new<G: Grant>(
        grant_of: impl Fn(Scopes) -> G + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let tokens_of = move |scopes| CachedTokens::new(grant_of(scopes), Arc::clone(&clock));
        Self { tokens_of: Box::new(tokens_of), cached: Mutex::default() }
    }

    pub(crate) fn of(&self, scopes: &Scopes) -> CachedTokens {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tokens)) = cached.iter().find(|(set, _)| set == scopes) {
            return tokens.clone();
        }
        if cached.len() == MAX_SETS {
            cached.remove(0);
        }
        let tokens = (self.tokens_of)(scopes.clone());
        cached.push((scopes.clone(), tokens.clone()));
        tokens
    }
}

impl AccessTokens for TokensByScope {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        let tokens = self.of(&Scopes::default());
        Box::pin(async move { tokens.access_token().await })
    }
}
