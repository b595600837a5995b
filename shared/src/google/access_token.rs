//! Google access tokens: a trait for whoever has one, and the cache that asks for a new one in time.
//! Source: googleapis/google-auth-library-python `google/oauth2/_client.py`.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Mutex;
use tracing::warn;

use super::call::GoogleError;
use crate::{clock::Clock, net::BoxFuture};

/// With less time left a new one is asked for.
const REFRESH_BEFORE_END: i64 = 300;
/// With less time left the old one is no longer used, even if no new one can be had.
const UNUSABLE_BEFORE_END: i64 = 30;

/// An OAuth 2 access token. A credential: shown to nobody but Google.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Arc<str>);

impl AccessToken {
    /// Wraps the text of a token.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

/// Where an access token for Google's services comes from: a service account's key, or the function's
/// own AWS role.
pub trait AccessTokens: Send + Sync + 'static {
    /// A token that is good for a while.
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>>;
}

/// A constant, such as the Auth emulator's `owner`.
impl AccessTokens for AccessToken {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

impl<T: AccessTokens + ?Sized> AccessTokens for Arc<T> {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        (**self).access_token()
    }
}

/// One way to be granted a token, by asking.
pub trait Grant: Send + Sync + 'static {
    /// Asks once. `now` in seconds since 1970.
    fn grant(&self, now: i64) -> BoxFuture<'_, Result<Granted, GoogleError>>;
}

/// A token as granted.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: AccessToken,
    /// How long it is good for.
    pub lifetime: Duration,
}

/// Keeps a granted token until five minutes before its end. However many ask, one grant is under way.
pub struct CachedTokens {
    grant: Box<dyn Grant>,
    clock: Arc<dyn Clock>,
    /// Held while a grant is under way: whoever comes meanwhile waits and finds the new token.
    kept: Mutex<Option<(AccessToken, i64)>>,
}

impl CachedTokens {
    /// A cache in front of `grant`. Asks for nothing yet.
    pub fn new(grant: impl Grant, clock: Arc<dyn Clock>) -> Self {
        Self { grant: Box::new(grant), clock, kept: Mutex::default() }
    }

    async fn token(&self) -> Result<AccessToken, GoogleError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.unix_seconds();
        let left = |end: i64| end.saturating_sub(now);
        if let Some((token, end)) = &*kept
            && left(*end) >= REFRESH_BEFORE_END
        {
            return Ok(token.clone());
        }
        match self.grant.grant(now).await {
            Ok(granted) => {
                let lifetime = i64::try_from(granted.lifetime.as_secs()).unwrap_or(i64::MAX);
                *kept = Some((granted.token.clone(), now.saturating_add(lifetime)));
                Ok(granted.token)
            }
            Err(error) => match &*kept {
                Some((token, end)) if left(*end) >= UNUSABLE_BEFORE_END => {
                    warn!(%error, left_s = left(*end), "no new access token, the old one is used");
                    Ok(token.clone())
                }
                _ => Err(error),
            },
        }
    }
}

impl AccessTokens for CachedTokens {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(self.token())
    }
}

impl fmt::Debug for CachedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CachedTokens")
    }
}
