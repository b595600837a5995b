//! The secret with the service account. It is read when it is first needed, and again after five minutes, so that a
//! rotation takes effect without a restart. It is parsed again only if its version has changed.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use shared::{
    clock::Clock,
    fetched::{
        CachedValue, Expiry, FetchFailure, FetchPolicy, Pauses, Report, Source, random_jitter,
    },
};
use tracing::{error, info, warn};

use super::manager::{Secret, SecretError, SecretSource};
use crate::{credentials::Credentials, credentials_document::members, federation::SubjectTokens};

/// The variable that names the secret.
pub(super) const VARIABLE: &str = "FIREBASE_SERVICE_ACCOUNT_SECRET";

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// How long a secret is used after it was read, if it cannot be read again.
const USABLE_FOR: Duration = Duration::from_secs(3600);

/// The AWS SDK takes at most three seconds for one read. Before the first, it also reads its configuration.
pub(super) const FETCH_POLICY: FetchPolicy = FetchPolicy {
    timeout: Duration::from_secs(6),
    max_wait: Duration::from_secs(4),
    max_wait_if_expired: Duration::from_secs(1),
    pauses: Pauses {
        free: 0,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(5),
        jitter: random_jitter,
    },
};

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
    fn parse(&self, Secret { version, text }: Secret) -> Result<Contents, SecretError> {
        let mut members = members(&text.0)?;
        let (subjects, clock) = (Arc::clone(&self.subjects), Arc::clone(&self.clock));
        let project_id = self.project_id.as_deref();
        let credentials = Credentials::from_members(&members, project_id, subjects, clock)?;
        members.remove("private_key");
        Ok(Contents { version, credentials, members })
    }
}

/// The reason why a caller does not get the secret.
pub(super) fn problem(failure: &FetchFailure<SecretError>) -> SecretError {
    match failure {
        FetchFailure::Failed(error) => error.clone(),
        FetchFailure::TimedOut | FetchFailure::Interrupted | FetchFailure::Pending => {
            SecretError::Unreachable
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
        let expiry = Expiry::with_early_refresh(FRESH_FOR, USABLE_FOR, random_jitter());
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
