//! Google access tokens: a trait for their sources, and a cache that renews a token before it expires.
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

/// A token is renewed when it has less than five minutes left; a short-lived one, in its second half.
const REFRESH_BEFORE_END: Duration = Duration::from_secs(299);
/// A token with less than half a minute left is not used, even if it cannot be renewed.
const UNUSABLE_BEFORE_END: Duration = Duration::from_secs(29);

/// An OAuth 2 access token. A credential: whoever has its text can act as the service account until it expires, about an
/// hour. `Debug` does not show the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken(Redacted<Arc<str>>);

impl AccessToken {
    /// A token with this text.
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

    /// The text of the token, for the header `Authorization: Bearer …` of a request to Google. It is a credential: send
    /// it to Google's hosts only, over HTTPS, and keep it out of logs and answers.
    ///
    /// ```
    /// use firebase_callable_google::AccessToken;
    /// use http::HeaderValue;
    ///
    /// let token = AccessToken::new("ya29.a0AfH6SM");
    /// let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
    /// bearer.set_sensitive(true); // so that `Debug` of the request does not show it
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.0
    }
}

/// A source of access tokens for Google's services, such as a service account.
///
/// ```
/// use std::sync::Arc;
///
/// use firebase_callable_google::{AccessToken, AccessTokens};
///
/// // A token is a source of itself, for tests. In production, a `ServiceAccount` is the source.
/// let tokens: Arc<dyn AccessTokens> = Arc::new(AccessToken::new("ya29.a0AfH6SM"));
/// ```
pub trait AccessTokens: Send + Sync + 'static {
    /// A token that is valid for at least about half a minute.
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>>;
}

/// A constant token, such as the Auth emulator's `owner`.
impl AccessTokens for AccessToken {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

/// A request that Google answers with a new token.
pub(crate) trait Grant: Send + Sync + 'static {
    /// Sends the request once. `now` is in seconds since 1970.
    fn grant(&self, now: i64) -> BoxFuture<'_, Result<Granted, GoogleError>>;
}

/// A new token, and for how long it is valid.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) token: AccessToken,
    pub(crate) lifetime: Duration,
}

/// Reads the answer of an OAuth 2 token endpoint (RFC 6749 §5.1).
pub(crate) fn granted(answer: &Map<String, Value>) -> Result<Granted, GoogleError> {
    let token = answer.get("access_token").and_then(Value::as_str).filter(|text| !text.is_empty());
    let lifetime = answer.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
    match (token, lifetime) {
        (Some(token), Some(lifetime)) => Ok(Granted { token: AccessToken::new(token), lifetime }),
        _ => Err(GoogleError::Answer),
    }
}

/// Caches a token until five minutes before it expires. All callers share one request for a new token; while it is
/// under way, the old token is used if it has more than half a minute left. Clones share the token.
#[derive(Debug, Clone)]
pub(crate) struct CachedTokens(FetchedValue<Granting>);

struct Granting {
    grant: Box<dyn Grant>,
    clock: Arc<dyn Clock>,
}

impl CachedTokens {
    /// Caches the tokens of `grant`. The first caller causes the first request.
    pub(crate) fn new(grant: impl Grant, clock: Arc<dyn Clock>) -> Self {
        let source = Granting { grant: Box::new(grant), clock: Arc::clone(&clock) };
        Self(FetchedValue::new(source, FETCH_POLICY, clock))
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
        Ok((token, expiry(lifetime)))
    }

    fn finished(&self, report: Report<'_, Self>) {
        if let (Err(error), Some(age)) = (report.outcome, report.usable) {
            let age_s = age.as_secs();
            warn!(%error, age_s, "cannot get a new access token, the old one is used");
        }
    }
}

fn expiry(lifetime: Duration) -> Expiry {
    let fresh_for = lifetime.saturating_sub(REFRESH_BEFORE_END).max(lifetime / 2);
    Expiry::exact(fresh_for, lifetime.saturating_sub(UNUSABLE_BEFORE_END))
}

impl AccessTokens for CachedTokens {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { Ok(self.0.get().await?.value().clone()) })
    }
}
