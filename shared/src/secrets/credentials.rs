//! The service account that `FIREBASE_SERVICE_ACCOUNT_SECRET` names: whoever needs a token or a
//! signature gets it from the current version of the secret.

use std::sync::Arc;

use super::{
    caller_identity::CallerIdentity,
    kept::KeptSecret,
    manager::{Aws, SecretError, SecretSource, SecretsManager},
};
use crate::{
    Redacted,
    clock::Clock,
    google::{AccessToken, AccessTokens, Credentials, GoogleError, Signer, Signers, SubjectTokens},
    net::BoxFuture,
};

/// The variable that names the secret.
pub(crate) const VARIABLE: &str = "FIREBASE_SERVICE_ACCOUNT_SECRET";

/// A service account whose credentials are a secret of AWS Secrets Manager. Clones share it.
#[derive(Debug, Clone)]
pub struct ServiceAccount(Arc<KeptSecret<Contents>>);

/// What the secret holds.
#[derive(Debug)]
struct Contents {
    credentials: Arc<Credentials>,
    webhook_secret: Redacted<Option<String>>,
}

impl ServiceAccount {
    /// The account of this secret, which must be for the Firebase project `project_id`. Nothing is
    /// read yet.
    #[must_use]
    pub fn new(aws: Aws, secret: &str, project_id: &str, clock: Arc<dyn Clock>) -> Self {
        let source = SecretsManager::new(aws.clone(), secret);
        let subjects = Arc::new(CallerIdentity::new(aws, Arc::clone(&clock)));
        Self::from_source(source, subjects, project_id, clock)
    }

    /// An account that does not sign custom tokens, and may therefore belong to another project.
    #[must_use]
    pub fn of_any_project(aws: Aws, secret: &str, clock: Arc<dyn Clock>) -> Self {
        let source = SecretsManager::new(aws.clone(), secret);
        let subjects = Arc::new(CallerIdentity::new(aws, Arc::clone(&clock)));
        Self::made(source, subjects, None, clock)
    }

    /// The same as [`Self::new`] with a secret from elsewhere.
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
            Ok(Contents {
                credentials: Arc::new(credentials),
                webhook_secret: Redacted(webhook_secret(text)?),
            })
        };
        Self(Arc::new(KeptSecret::new(VARIABLE, source, make, clock)))
    }

    /// Reads and checks the secret now, so that the first call need not, and the log says at once
    /// what is wrong with it.
    pub async fn prefetch(&self) {
        self.0.prefetch().await;
    }

    /// The signing secret of Clerk's webhooks, which may stand beside the credentials.
    ///
    /// # Errors
    /// The secret cannot be used, or has no such member.
    pub async fn clerk_webhook_secret(&self) -> Result<String, GoogleError> {
        let contents = self.contents().await?;
        contents.webhook_secret.0.clone().ok_or_else(|| {
            let problem = format!("the secret of {VARIABLE} has no field {WEBHOOK_SECRET}");
            tracing::error!("{problem}");
            GoogleError::Credentials(problem)
        })
    }

    async fn contents(&self) -> Result<Arc<Contents>, GoogleError> {
        let sentence = |error| format!("the secret of {VARIABLE} cannot be used: {error}");
        self.0.get().await.map_err(|error| GoogleError::Credentials(sentence(error)))
    }
}

const WEBHOOK_SECRET: &str = "clerk_webhook_secret";

fn webhook_secret(document: &str) -> Result<Option<String>, SecretError> {
    let document: serde_json::Value = serde_json::from_str(document)
        .map_err(|_| SecretError::Content("it is no JSON object".to_owned()))?;
    match document.get(WEBHOOK_SECRET) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(SecretError::Content(format!("its field {WEBHOOK_SECRET} is no text"))),
    }
}

impl AccessTokens for ServiceAccount {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async { self.contents().await?.credentials.access_token().await })
    }
}

impl Signers for ServiceAccount {
    fn signer(&self) -> BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(async { Ok(self.contents().await?.credentials.signer()) })
    }
}
