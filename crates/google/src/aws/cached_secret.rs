//! The secret with the service account. It is read when it is first needed, and again after five minutes, so that a
//! rotation takes effect without a restart. It is parsed again only if its version has changed.

use std::sync::Arc;

use firebase_callable_aws::secrets::{ReadError, SecretSource, StoredSecret, expiry};
use serde_json::{Map, Value};
use shared::{
    clock::Clock,
    fetched::{CachedValue, Expiry, FetchFailure, Report, Source},
};
use tracing::{error, info, warn};
use zeroize::Zeroize;

use crate::{
    CredentialsError, credentials::Credentials, credentials_document::members,
    federation::SubjectTokens,
};

/// The variable that names the secret.
pub(super) const VARIABLE: &str = "FIREBASE_SERVICE_ACCOUNT_SECRET";

/// Why the secret cannot be used, in a sentence for the operator. It contains no part of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The secret is not a JSON object, or a field of it is missing or wrong.
    #[error(transparent)]
    Content(#[from] CredentialsError),
}

/// Reads and parses the secret.
pub(super) struct CachedSecret {
    pub(super) secret: Box<dyn SecretSource>,
    pub(super) subjects: Arc<dyn SubjectTokens>,
    /// The project that a key must belong to; `None` if it may belong to any project.
    pub(super) project_id: Option<String>,
    pub(super) clock: Arc<dyn Clock>,
}

/// One version of the secret, parsed.
pub(super) struct Contents {
    version: String,
    pub(super) credentials: Credentials,
    /// The members of the JSON object, without the private key.
    pub(super) members: Map<String, Value>,
}

impl CachedSecret {
    fn parse(&self, StoredSecret { version, text }: StoredSecret) -> Result<Contents, SecretError> {
        let mut members = members(text.expose())?;
        let (subjects, clock) = (Arc::clone(&self.subjects), Arc::clone(&self.clock));
        let project_id = self.project_id.as_deref();
        let credentials = Credentials::from_members(&members, project_id, subjects, clock)?;
        if let Some(Value::String(mut key)) = members.remove("private_key") {
            key.zeroize();
        }
        Ok(Contents { version, credentials, members })
    }
}

/// The reason why a caller does not get the secret.
pub(super) fn problem(failure: &FetchFailure<SecretError>) -> SecretError {
    match failure {
        FetchFailure::Failed(error) => error.clone(),
        FetchFailure::TimedOut | FetchFailure::Interrupted | FetchFailure::Pending => {
            SecretError::Read(ReadError::slow())
        }
    }
}

impl Source for CachedSecret {
    type Value = Arc<Contents>;
    type Error = SecretError;

    async fn fetch(
        &self,
        last: Option<Arc<CachedValue<Arc<Contents>>>>,
    ) -> Result<(Arc<Contents>, Expiry), SecretError> {
        let secret = self.secret.read().await?;
        let expiry = expiry();
        match last.map(|last| Arc::clone(last.value())) {
            Some(last) if last.version == secret.version => return Ok((last, expiry)),
            Some(_) => info!("the secret of {VARIABLE} was rotated"),
            None => {}
        }
        Ok((Arc::new(self.parse(secret)?), expiry))
    }

    fn finished(&self, report: Report<'_, Self>) {
        if let Err(failure) = report.outcome {
            let error = problem(failure);
            match report.usable {
                Some(_) => warn!("the secret of {VARIABLE} cannot be read again: {error}"),
                None => error!("the secret of {VARIABLE} cannot be used: {error}"),
            }
        }
    }
}
