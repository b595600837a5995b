//! Consuming an App Check token: Google marks it as used, and says whether it was used before.
//! Source: firebase.google.com/docs/reference/appcheck/rest/v1beta/projects/verifyAppCheckToken.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use shared::{
    callable::{AppCheckConsumer, SourceError},
    clock::{Clock, Moment, SystemClock},
    fetched::{Backoff, FetchFailure, budget, within},
    net::{BoxFuture, SendError, ServiceUrl},
    token::AppCheckData,
};

use crate::{
    AccessTokens, GoogleError,
    call::Api,
    timeouts::{PAUSES, TIMEOUT},
};

/// A timeout counts as an outage only if the caller could wait this long.
const ENOUGH: Duration = Duration::from_secs(1);

/// Google's App Check service, for one project.
#[derive(Debug)]
pub struct AppCheckService {
    api: Api,
    path: String,
    clock: Arc<dyn Clock>,
    backoff: Backoff<GoogleError>,
}

impl AppCheckService {
    /// The service of a project, called with `tokens`. The account needs the role *Firebase App Check
    /// Token Verifier*.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{AccessToken, AppCheckService};
    ///
    /// let service = AppCheckService::new("my-app", Arc::new(AccessToken::new("ya29.a0AfH6SM")));
    /// ```
    #[must_use]
    pub fn new(project_id: &str, tokens: Arc<dyn AccessTokens>) -> Self {
        let google = ServiceUrl::from_static("https://firebaseappcheck.googleapis.com");
        Self::at(google, project_id, tokens)
    }

    /// The service at another address than Google's, for tests.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{AccessToken, AppCheckService};
    /// use shared::net::ServiceUrl;
    ///
    /// let service = ServiceUrl::parse("http://127.0.0.1:8080")?;
    /// let service = AppCheckService::at(service, "my-app", Arc::new(AccessToken::new("test")));
    /// # Ok::<(), shared::net::UrlError>(())
    /// ```
    #[must_use]
    pub fn at(base: ServiceUrl, project_id: &str, tokens: Arc<dyn AccessTokens>) -> Self {
        Self {
            api: Api::new(base, tokens),
            path: format!("/v1beta/projects/{project_id}:verifyAppCheckToken"),
            clock: Arc::new(SystemClock::new()),
            backoff: Backoff::new(PAUSES),
        }
    }

    /// Replaces the clock that measures the pauses after failures.
    #[cfg(test)]
    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Marks a verified token as used; `true` if it was used before.
    ///
    /// Every call sends a request: answers are neither cached nor shared between callers.
    ///
    /// # Errors
    /// Google did not answer within three seconds. Or no request was sent, because of a pause after earlier failures;
    /// the token is then not used up.
    pub(crate) async fn consume(&self, token: &AppCheckData) -> Result<bool, GoogleError> {
        let now = || Moment::now(self.clock.as_ref());
        let attempt = self.backoff.begin_without_value(now())?;
        let is_short = budget(TIMEOUT) < ENOUGH;
        let outcome = within(TIMEOUT, self.ask(token)).await;
        if outcome.is_none() && is_short {
            // The caller had hardly any time left. Such a timeout does not show an outage, and must not cause a pause
            // for other callers.
            return Err(SendError::Timeout.into());
        }
        let outcome = outcome.unwrap_or(Err(SendError::Timeout.into()));
        match &outcome {
            Err(error) if error.is_outage() => {
                self.backoff.failed(attempt, now(), FetchFailure::Failed(error.clone()));
            }
            _ => self.backoff.succeeded(),
        }
        outcome
    }

    async fn ask(&self, token: &AppCheckData) -> Result<bool, GoogleError> {
        let body = json!({ "app_check_token": token.raw_token() });
        // Repeated only if no connection was made: otherwise the first request may have marked the token as used, and
        // the second one would report a replay.
        let retries = |error: &GoogleError| matches!(error, GoogleError::Send(error) if error.is_before_sending());
        let answer = self.api.post(&self.path, &body, retries).await?;
        let consumed = answer.get("alreadyConsumed").map_or(Some(false), Value::as_bool);
        consumed.ok_or(GoogleError::Answer)
    }
}

impl AppCheckConsumer for AppCheckService {
    fn consume<'a>(&'a self, token: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async { Ok(self.consume(token).await?) })
    }
}
