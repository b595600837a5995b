//! Google access tokens: a trait for their sources, and a cache that replaces a token before it expires.
//! Source: googleapis/google-auth-library-python `google/oauth2/_client.py`.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use shared::{
    Redacted,
    clock::Clock,
    fetched::{CachedValue, Expiry, FetchedValue, Report, Source},
    net::BoxFuture,
};
use tracing::warn;

use crate::{GoogleError, timeouts::FETCH_POLICY};

/// The only scope that is asked for: it covers accounts, App Check and signing.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// With less than five minutes left a new one is asked for; of a short life, in its second half.
const REFRESH_BEFORE_END: Duration = Duration::from_secs(299);
/// With less than half a minute left the old one is no longer used, even if no new one can be had.
const UNUSABLE_BEFORE_END: Duration = Duration::from_secs(29);

/// An OAuth 2 access token. A credential: shown to nobody but Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken(Redacted<Arc<str>>);

impl AccessToken {
    /// Wraps the text of a token.
    ///
    /// ```
    /// use firebase_callable_google::AccessToken;
    ///
    /// let token = AccessToken::new("ya29.a0AfH6SM");
    /// assert!(!format!("{token:?}").contains("ya29"));
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Redacted(text.into()))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.0
    }
}

/// Where an access token for Google's services comes from: a service account's key, or the function's
/// own AWS role.
///
/// ```
/// use std::sync::Arc;
///
/// use firebase_callable_google::{AccessToken, AccessTokens};
///
/// // A constant is one; so are a `ServiceAccount` and `Credentials`.
/// let tokens: Arc<dyn AccessTokens> = Arc::new(AccessToken::new("ya29.a0AfH6SM"));
/// ```
pub trait AccessTokens: Send + Sync + 'static {
    /// A token that has about half a minute left at least.
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
pub(crate) trait Grant: Send + Sync + 'static {
    /// Asks once. `now` in seconds since 1970.
    fn grant(&self, now: i64) -> BoxFuture<'_, Result<Granted, GoogleError>>;
}

/// A token as granted.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// The token.
    pub(crate) token: AccessToken,
    /// How long it is good for.
    pub(crate) lifetime: Duration,
}

/// An answer of an OAuth 2 token endpoint (RFC 6749 §5.1).
pub(crate) fn granted(answer: &Map<String, Value>) -> Result<Granted, GoogleError> {
    let token = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let lifetime = answer.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
    match (token, lifetime) {
        (Some(token), Some(lifetime)) => Ok(Granted { token: AccessToken::new(token), lifetime }),
        _ => Err(GoogleError::Answer),
    }
}

/// Keeps a granted token until five minutes before its end. All callers share one request for a new one;
/// until it is there, a token with more than half a minute left is used.
#[derive(Debug)]
pub(crate) struct CachedTokens(FetchedValue<Granting>);

struct Granting {
    grant: Box<dyn Grant>,
    clock: Arc<dyn Clock>,
}

impl CachedTokens {
    /// A cache in front of `grant`. Asks for nothing yet.
    pub(crate) fn new(grant: impl Grant, clock: Arc<dyn Clock>) -> Self {
        let source = Granting { grant: Box::new(grant), clock: Arc::clone(&clock) };
        Self(FetchedValue::new(source, FETCH_POLICY, clock))
    }

    async fn token(&self) -> Result<AccessToken, GoogleError> {
        Ok(self.0.get().await?.value().clone())
    }
}

impl Source for Granting {
    type Value = AccessToken;
    type Error = GoogleError;

    async fn fetch(
        &self,
        _: Option<Arc<CachedValue<AccessToken>>>,
    ) -> Result<(AccessToken, Expiry), GoogleError> {
        let Granted { token, lifetime } = self.grant.grant(self.clock.unix_seconds()).await?;
        Ok((token, ages(lifetime)))
    }

    fn finished(&self, report: Report<'_, Self>) {
        if let (Err(error), Some(age)) = (report.outcome, report.usable) {
            let age_s = age.as_secs();
            warn!(%error, age_s, "no new access token, the old one is used");
        }
    }
}

fn ages(lifetime: Duration) -> Expiry {
    let but = |left| lifetime.saturating_sub(left);
    Expiry::exact(but(REFRESH_BEFORE_END).max(lifetime / 2), but(UNUSABLE_BEFORE_END))
}

impl AccessTokens for CachedTokens {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(self.token())
    }
}
