//! The service account that `FIREBASE_SERVICE_ACCOUNT_SECRET` names: whoever needs a token or a
//! signature gets it from the current version of the secret.

use std::{fmt, sync::Arc};

use serde_json::Value;
use shared::{clock::Clock, net::BoxFuture};

use super::{
    cached_secret::CachedSecret,
    caller_identity::CallerIdentity,
    contents::Contents,
    manager::{Aws, SecretError, SecretSource, SecretsManager},
};
use crate::{AccessToken, AccessTokens, Credentials, GoogleError, Signer, Signers, SubjectTokens};

/// The variable that names the secret.
pub(crate) const VARIABLE: &str = "FIREBASE_SERVICE_ACCOUNT_SECRET";

/// A service account whose credentials are a secret of AWS Secrets Manager. Clones share it.
#[derive(Debug, Clone)]
pub struct ServiceAccount(Arc<CachedSecret>);

impl ServiceAccount {
    /// The account of this secret, which must be for the Firebase project `project_id`. Nothing is
    /// read yet.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::aws::{Aws, ServiceAccount};
    /// use shared::clock::SystemClock;
    ///
    /// let clock = Arc::new(SystemClock::new());
    /// let account = ServiceAccount::new(Aws::default(), "firebase/service-account", "my-app", clock);
    /// ```
    #[must_use]
    pub fn new(aws: Aws, secret: &str, project_id: &str, clock: Arc<dyn Clock>) -> Self {
        let source = SecretsManager::new(aws.clone(), secret);
        let subjects = Arc::new(CallerIdentity::new(aws, Arc::clone(&clock)));
        Self::from_source(source, subjects, project_id, clock)
    }

    /// An account that does not sign custom tokens, and may therefore belong to another project.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::aws::{Aws, ServiceAccount};
    /// use shared::clock::SystemClock;
    ///
    /// let clock = Arc::new(SystemClock::new());
    /// let account = ServiceAccount::of_any_project(Aws::default(), "firebase/webhook", clock);
    /// ```
    #[must_use]
    pub fn of_any_project(aws: Aws, secret: &str, clock: Arc<dyn Clock>) -> Self {
        let source = SecretsManager::new(aws.clone(), secret);
        let subjects = Arc::new(CallerIdentity::new(aws, Arc::clone(&clock)));
        Self::made(source, subjects, None, clock)
    }

    /// The same as [`Self::new`] with a secret from elsewhere.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::aws::{Aws, CallerIdentity, SecretsManager, ServiceAccount};
    /// use shared::clock::{Clock, SystemClock};
    ///
    /// let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    /// let secret = SecretsManager::new(Aws::default(), "firebase/service-account");
    /// let role = Arc::new(CallerIdentity::new(Aws::default(), Arc::clone(&clock)));
    /// let account = ServiceAccount::from_source(secret, role, "my-app", clock);
    /// ```
    pub fn from_source(
        source: impl SecretSource,
        subjects: Arc<dyn SubjectTokens>,
        project_id: &str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::made(source, subjects, Some(project_id.to_owned()), clock)
    }

    pub(super) fn made(
        source: impl SecretSource,
        subjects: Arc<dyn SubjectTokens>,
        project_id: Option<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let shared_clock = Arc::clone(&clock);
        let make = move |text: &str| {
            let subjects = Arc::clone(&subjects);
            let clock = Arc::clone(&shared_clock);
            let credentials = match &project_id {
                Some(project) => Credentials::from_json(text, project, subjects, clock),
                None => Credentials::of_any_project(text, subjects, clock),
            };
            let credentials =
                credentials.map_err(|error| SecretError::Content(error.to_string()))?;
            Contents::new(credentials, text)
        };
        Self(Arc::new(CachedSecret::new(VARIABLE, source, make, clock)))
    }

    /// Reads and checks the secret now, so that the first call need not, and the log says at once
    /// what is wrong with it.
    pub async fn prefetch(&self) {
        self.0.prefetch().await;
    }

    /// Another text that stands beside the credentials in the secret, such as the signing secret of a webhook. Not the
    /// private key, which nobody gets.
    ///
    /// ```no_run
    /// # async fn f(account: firebase_callable_google::aws::ServiceAccount)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// let signing_secret = account.member("webhook_secret").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The secret cannot be used, or has no such member, or one that is not a string.
    pub async fn member(&self, name: &str) -> Result<String, GoogleError> {
        let contents = self.contents().await?;
        let problem = match contents.member(name) {
            Some(Value::String(text)) => return Ok(text.clone()),
            Some(_) => unusable(format_args!("its field {name} is not a string")),
            None => format!("the secret of {VARIABLE} has no field {name}"),
        };
        tracing::error!("{problem}");
        Err(GoogleError::Credentials(problem))
    }

    async fn contents(&self) -> Result<Arc<Contents>, GoogleError> {
        self.0.get().await.map_err(|error| GoogleError::Credentials(unusable(error)))
    }
}

fn unusable(problem: impl fmt::Display) -> String {
    format!("the secret of {VARIABLE} cannot be used: {problem}")
}

impl AccessTokens for ServiceAccount {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { self.contents().await?.credentials().access_token().await })
    }
}

impl Signers for ServiceAccount {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(self.contents().await?.credentials().signer()) })
    }
}
