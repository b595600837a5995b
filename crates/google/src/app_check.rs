//! Consuming an App Check token: Google marks it as used, and says whether it was before.
//! Source: firebase.google.com/docs/reference/appcheck/rest/v1beta/projects/verifyAppCheckToken.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use shared::{
    Redacted,
    callable::{AppCheckConsumer, SourceError},
    clock::{Clock, Moment, SystemClock},
    fetched::{Backoff, FetchFailure, budget, within},
    net::{BoxFuture, Https, SendError, ServiceUrl},
    token::AppCheckData,
};

use crate::{
    AccessTokens, GoogleError, call,
    timeouts::{PAUSES, TIMEOUT},
};

/// No answer after a wait of this length counts as an outage.
const ENOUGH: Duration = Duration::from_secs(1);

/// Google's App Check service, for one project.
#[derive(Debug)]
pub struct AppCheckService {
    client: Https,
    base: ServiceUrl,
    path: String,
    tokens: Redacted<Arc<dyn AccessTokens>>,
    clock: Arc<dyn Clock>,
    backoff: Backoff<GoogleError>,
}

impl AppCheckService {
    /// The service of a project, asked with `tokens`. The account needs the role *Firebase App Check
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

    /// The same at another address, for tests.
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
        let path = format!("/v1beta/projects/{project_id}:verifyAppCheckToken");
        let clock = Arc::new(SystemClock::new());
        Self {
            client: call::client(),
            base,
            path,
            tokens: Redacted(tokens),
            clock,
            backoff: Backoff::new(PAUSES),
        }
    }

    /// The same, with another clock for the pauses.
    #[cfg(test)]
    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Marks a verified token as used; whether it was used before.
    ///
    /// Every call goes to Google: nothing is kept, nothing shared between callers. It is repeated only
    /// if no connection came about, since a second request would find the token used by the first.
    ///
    /// ```no_run
    /// # async fn f(service: firebase_callable_google::AppCheckService, token: shared::token::AppCheckData)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// let replayed = service.consume(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not answer within three seconds; or it failed before and is not asked for a while, in which
    /// case the token is not used up.
    pub async fn consume(&self, token: &AppCheckData) -> Result<bool, GoogleError> {
        let now = || Moment::now(self.clock.as_ref());
        let attempt = self.backoff.begin(now())?;
        let is_short = budget(TIMEOUT) < ENOUGH;
        let asked = within(TIMEOUT, self.ask(token)).await;
        let outcome = match asked {
            Some(outcome) => outcome,
            // The caller had hardly any time left. That does not show an outage, and must not cause a pause for
            // others.
            None if is_short => return Err(SendError::Timeout.into()),
            None => Err(SendError::Timeout.into()),
        };
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
        let access = self.tokens.0.access_token().await?;
        let url = self.base.join(&self.path).map_err(|_| GoogleError::Answer)?;
        let attempt = || call::post(&self.client, &url, &access, &body);
        let answer = match attempt().await {
            Err(GoogleError::Send(error)) if error.is_before_sending() => attempt().await?,
            answer => answer?,
        };
        match answer.get("alreadyConsumed") {
            None => Ok(false),
            Some(Value::Bool(consumed)) => Ok(*consumed),
            Some(_) => Err(GoogleError::Answer),
        }
    }
}

impl AppCheckConsumer for AppCheckService {
    fn consume<'a>(&'a self, token: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async { Ok(self.consume(token).await?) })
    }
}
