//! A stored secret, cached for five minutes, and for an hour while it cannot be read again.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::fetched::{
    CachedValue, Expiry, FetchFailure, FetchPolicy, Pauses, Report, Source, random_jitter,
};
use tracing::{error, info, warn};

use super::{
    error::{ReadError, Store},
    source::{SecretSource, StoredSecret},
};
use crate::failure::AwsError;

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// How long a secret is used after it was read, if it cannot be read again.
const USABLE_FOR: Duration = Duration::from_secs(3600);

/// How long a secret may take. The AWS SDK takes at most three seconds for one read. Before the first, it also reads
/// its configuration.
pub const FETCH_POLICY: FetchPolicy = FetchPolicy {
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

/// How long a secret that was just read is fresh and usable.
#[must_use]
pub fn expiry() -> Expiry {
    Expiry::with_early_refresh(FRESH_FOR, USABLE_FOR, random_jitter())
}

/// One stored secret, for all the variables that name it.
pub(super) struct Stored {
    source: Box<dyn SecretSource>,
    /// The variables that name the secret, for the log.
    variables: Variables,
}

/// Names of variables. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(Arc<Mutex<Vec<String>>>);

impl Variables {
    pub(super) fn add(&self, variable: &str) {
        let mut variables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !variables.iter().any(|it| it == variable) {
            variables.push(variable.to_owned());
        }
    }
}

impl fmt::Display for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.lock().unwrap_or_else(PoisonError::into_inner).join(" and "))
    }
}

impl Stored {
    pub(super) fn new(source: Box<dyn SecretSource>, variables: Variables) -> Self {
        Self { source, variables }
    }
}

/// The reason why a caller does not get the secret from `store`.
pub(super) fn read_error(failure: &FetchFailure<ReadError>, store: Store) -> ReadError {
    match failure {
        FetchFailure::Failed(error) => error.clone(),
        FetchFailure::TimedOut | FetchFailure::Interrupted | FetchFailure::Pending => {
            ReadError::Aws(store, AwsError::Slow)
        }
    }
}

impl Source for Stored {
    type Value = StoredSecret;
    type Error = ReadError;

    async fn fetch(
        &self,
        last: Option<Arc<CachedValue<StoredSecret>>>,
    ) -> Result<(StoredSecret, Expiry), ReadError> {
        let secret = self.source.read().await?;
        if last.is_some_and(|last| last.value().version != secret.version) {
            info!("the secret of {} was rotated", self.variables);
        }
        Ok((secret, expiry()))
    }

    fn finished(&self, report: Report<'_, Self>) {
        if let Err(failure) = report.outcome {
            let (variables, error) = (&self.variables, read_error(failure, self.source.store()));
            match report.usable {
                Some(_) => warn!("the secret of {variables} cannot be read again: {error}"),
                None => error!("the secret of {variables} cannot be used: {error}"),
            }
        }
    }
}
