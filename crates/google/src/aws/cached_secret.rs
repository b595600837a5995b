//! A secret, read once for all callers and again after a while, so that a rotation is seen without a restart;
//! and its parsed contents, cached for as long as its version stays the same.

use std::{sync::Arc, time::Duration};

use shared::{
    clock::Clock,
    fetched::{
        CachedValue, Expiry, FetchFailure, FetchPolicy, FetchedValue, Pauses, Report, Source,
        random_jitter,
    },
};
use tracing::{error, info, warn};

use super::{
    contents::Contents,
    manager::{Secret, SecretError, SecretSource},
};

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// How long after it was last read it is still used, while it cannot be read again.
const USABLE_FOR: Duration = Duration::from_secs(3600);

/// The AWS SDK takes three seconds at most, and before its first request reads its configuration.
const POLICY: FetchPolicy = FetchPolicy {
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

/// Parses the text of a secret.
type Make = Box<dyn Fn(&str) -> Result<Contents, SecretError> + Send + Sync>;

/// A secret that is read when it is needed, and its contents.
#[derive(Debug)]
pub(super) struct CachedSecret(FetchedValue<Reading>);

struct Reading {
    /// The variable that names it, for the log.
    variable: &'static str,
    source: Box<dyn SecretSource>,
    make: Make,
}

/// The contents of a secret, and of which version.
struct Made {
    value: Arc<Contents>,
    version: String,
}

impl CachedSecret {
    /// The secret of `source`, which `variable` names, as `make` reads it. Nothing is read yet.
    pub(super) fn new(
        variable: &'static str,
        source: impl SecretSource,
        make: impl Fn(&str) -> Result<Contents, SecretError> + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let reading = Reading { variable, source: Box::new(source), make: Box::new(make) };
        Self(FetchedValue::new(reading, POLICY, clock))
    }

    /// The contents of the current secret.
    ///
    /// # Errors
    /// It cannot be read, or is not what it should be, and what was read before is an hour old. Each failed
    /// attempt is one line of the log; after one failure there is no attempt for a second, after more for up
    /// to five seconds.
    pub(super) async fn get(&self) -> Result<Arc<Contents>, SecretError> {
        match self.0.get().await {
            Ok(made) => Ok(Arc::clone(&made.value().value)),
            Err(trouble) => Err(problem(&trouble)),
        }
    }

    /// Reads the secret ahead, if it was not read yet. A failure does not keep the first caller from trying.
    pub(super) async fn prefetch(&self) {
        self.0.prefetch().await;
    }
}

fn problem(trouble: &FetchFailure<SecretError>) -> SecretError {
    match trouble {
        FetchFailure::Failed(error) => error.clone(),
        FetchFailure::TimedOut | FetchFailure::Interrupted | FetchFailure::Pending => {
            SecretError::Unreachable
        }
    }
}

impl Source for Reading {
    type Value = Made;
    type Error = SecretError;

    async fn fetch(
        &self,
        last: Option<Arc<CachedValue<Made>>>,
    ) -> Result<(Made, Expiry), SecretError> {
        let Secret { version, text } = self.source.read().await?;
        let ages = Expiry::with_early_refresh(FRESH_FOR, USABLE_FOR, random_jitter());
        if let Some(last) = last {
            if last.value().version == version {
                return Ok((Made { value: Arc::clone(&last.value().value), version }, ages));
            }
            info!("the secret of {} was rotated", self.variable);
        }
        Ok((Made { value: Arc::new((self.make)(&text.0)?), version }, ages))
    }

    fn finished(&self, report: Report<'_, Self>) {
        if let Err(trouble) = report.outcome {
            let (variable, error) = (self.variable, problem(trouble));
            match report.usable {
                Some(_) => warn!("the secret of {variable} cannot be read again: {error}"),
                None => error!("the secret of {variable} cannot be used: {error}"),
            }
        }
    }
}
