//! The service account whose credentials are in the secret that `FIREBASE_SERVICE_ACCOUNT_SECRET` names. Each access
//! token and each signature is made with the current version of the secret.

use std::{fmt, sync::Arc};

use firebase_callable_aws::{
    Aws,
    secrets::{FETCH_POLICY, SecretSource, SecretsManager},
};
use serde_json::Value;
use shared::{
    clock::Clock,
    fetched::FetchedValue,
    host::{Setup, StartError},
    net::BoxFuture,
};

use super::{
    cached_secret::{CachedSecret, Contents, VARIABLE, problem},
    caller_identity::CallerIdentity,
};
use crate::{
    AccessToken, AccessTokens, GoogleError, Signer, Signers, federation::SubjectTokens,
    scopes::Scopes,
};

/// A service account whose credentials are a secret of AWS Secrets Manager. Clones share it.
#[derive(Debug, Clone)]
pub struct ServiceAccount(FetchedValue<CachedSecret>);

impl ServiceAccount {
    /// The account of the secret with this name or ARN. If the secret is a key, the key must belong to the Firebase
    /// project `project_id`. The secret is read when it is first needed.
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
        Self::of_project(aws, secret, Some(project_id), clock)
    }

    /// The account of the secret that the variable names. The secret is read while the process waits for its first
    /// event. A key must belong to `project_id`, if that is given.
    pub(crate) fn from_setup(setup: &Setup, project_id: Option<&str>) -> Result<Self, StartError> {
        let meaning = "the name or ARN of the secret in AWS Secrets Manager that holds the JSON key \
                       of a service account of the Firebase project";
        let secret: String = setup.variable(VARIABLE).required(meaning)?;
        let account = Self::of_project(Aws::default(), &secret, project_id, setup.clock());
        let prefetched = account.clone();
        setup.prefetch(async move { prefetched.prefetch().await });
        Ok(account)
    }

    fn of_project(aws: Aws, secret: &str, project_id: Option<&str>, clock: Arc<dyn Clock>) -> Self {
        let secret = SecretsManager::new(aws.clone(), secret);
        let subjects = Arc::new(CallerIdentity::new(aws, Arc::clone(&clock)));
        Self::from_source(secret, subjects, project_id, clock)
    }

    pub(crate) fn from_source(
        secret: impl SecretSource,
        subjects: Arc<dyn SubjectTokens>,
        project_id: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (secret, project_id) = (Box::new(secret), project_id.map(str::to_owned));
        let cached = CachedSecret { secret, subjects, project_id, clock: Arc::clone(&clock) };
        Self(FetchedValue::new(cached, FETCH_POLICY, clock))
    }

    /// Reads and checks the secret now, so that the first call finds it in the cache, and a problem with it is logged
    /// at the start. After a failure the first call tries again.
    pub async fn prefetch(&self) {
        self.0.prefetch().await;
    }

    /// Another string in the secret's JSON object, such as the signing secret of a webhook. The private key is not
    /// available here.
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
    /// The secret cannot be used, or does not have such a member, or the member is not a string. A wrong or missing
    /// member is not noticed at the start, but logged at each call of this method.
    pub async fn member(&self, name: &str) -> Result<String, GoogleError> {
        let contents = self.contents().await?;
        let problem = match contents.members.get(name) {
            Some(Value::String(text)) => return Ok(text.clone()),
            Some(_) => unusable(format_args!("its field {name} is not a string")),
            None => format!("the secret of {VARIABLE} has no field {name}"),
        };
        tracing::error!("{problem}");
        Err(GoogleError::Credentials(problem))
    }

    /// An access token with these scopes, made with the current version of the secret.
    pub(crate) async fn access_token_for(
        &self,
        scopes: &Scopes,
    ) -> Result<AccessToken, GoogleError> {
        self.contents().await?.credentials.tokens.0.of(scopes).access_token().await
    }

    /// The current version of the secret.
    ///
    /// # Errors
    /// The secret cannot be read or is wrong, and the last good version is more than an hour old, or there is none.
    /// Each failed attempt writes one line to the log. After a failure there is no attempt for a second; after more
    /// failures, for up to five seconds.
    async fn contents(&self) -> Result<Arc<Contents>, GoogleError> {
        let contents = self.0.get().await;
        let contents =
            contents.map_err(|error| GoogleError::Credentials(unusable(problem(&error))));
        Ok(Arc::clone(contents?.value()))
    }
}

fn unusable(problem: impl fmt::Display) -> String {
    format!("the secret of {VARIABLE} cannot be used: {problem}")
}

impl AccessTokens for ServiceAccount {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { self.contents().await?.credentials.tokens.0.access_token().await })
    }
}

impl Signers for ServiceAccount {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(Arc::clone(&self.contents().await?.credentials.signer.0)) })
    }
}
