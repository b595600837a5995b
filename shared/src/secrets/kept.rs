//! A secret, read once for all and again after a while, so that a rotation is seen without a restart;
//! and what is made of it, kept for as long as the secret stays what it is.

use std::{sync::Arc, time::Duration};

use tracing::{error, info, warn};

use super::manager::{Secret, SecretError, SecretSource};
use crate::{
    clock::Clock,
    fetched::{
        Ages, Discipline, FetchedValue, Kept, Pauses, Report, Source, Trouble, random_jitter,
    },
};

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// How long after it was last read it is still used, while it cannot be read again.
const USABLE_FOR: Duration = Duration::from_secs(3600);

/// The AWS SDK takes three seconds at most, and before its first request reads its configuration.
const DISCIPLINE: Discipline = Discipline {
    budget: Duration::from_secs(6),
    patience: Duration::from_secs(4),
    short_patience: Duration::from_secs(1),
    pauses: Pauses {
        free: 0,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(5),
        jitter: random_jitter,
    },
};

/// What a secret is made into.
type Make<T> = Box<dyn Fn(&str) -> Result<T, SecretError> + Send + Sync>;

/// A secret that is read when it is needed, and what is made of it.
#[derive(Debug)]
pub struct KeptSecret<T: Send + Sync + 'static>(FetchedValue<Reading<T>>);

struct Reading<T> {
    /// The variable that names it, for the log.
    variable: &'static str,
    source: Box<dyn SecretSource>,
    make: Make<T>,
}

/// What was made of a secret, and of which version.
struct Made<T> {
    value: Arc<T>,
    version: String,
}

impl<T: Send + Sync + 'static> KeptSecret<T> {
    /// The secret of `source`, which `variable` names, as `make` reads it. Nothing is read yet.
    pub fn new(
        variable: &'static str,
        source: impl SecretSource,
        make: impl Fn(&str) -> Result<T, SecretError> + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let reading = Reading { variable, source: Box::new(source), make: Box::new(make) };
        Self(FetchedValue::new(reading, DISCIPLINE, clock))
    }

    /// What is made of the current secret.
    ///
    /// # Errors
    /// It cannot be read, or is not what it should be, and what was read before is an hour old. Each failed
    /// attempt is one line of the log; after one failure there is no attempt for a second, after more for up
    /// to five seconds.
    pub async fn get(&self) -> Result<Arc<T>, SecretError> {
        match self.0.get().await {
            Ok(made) => Ok(Arc::clone(&made.value().value)),
            Err(trouble) => Err(problem(&trouble)),
        }
    }

    /// Reads the secret ahead, if it was not read yet. A failure does not keep the first caller from trying.
    pub async fn prefetch(&self) {
        self.0.prefetch().await;
    }
}

fn problem(trouble: &Trouble<SecretError>) -> SecretError {
    match trouble {
        Trouble::Failed(error) => error.clone(),
        Trouble::TimedOut | Trouble::Interrupted | Trouble::NotYet => SecretError::Unreachable,
    }
}

impl<T: Send + Sync + 'static> Source for Reading<T> {
    type Value = Made<T>;
    type Error = SecretError;

    async fn fetch(
        &self,
        last: Option<Arc<Kept<Made<T>>>>,
    ) -> Result<(Made<T>, Ages), SecretError> {
        let Secret { version, text } = self.source.read().await?;
        let ages = Ages::ahead(FRESH_FOR, USABLE_FOR, random_jitter());
        if let Some(last) = last {
            if last.value().version == version {
                return Ok((Made { value: Arc::clone(&last.value().value), version }, ages));
            }
            info!("the secret of {} was rotated", self.variable);
        }
        Ok((Made { value: Arc::new((self.make)(&text.0)?), version }, ages))
    }

    fn over(&self, report: Report<'_, Self>) {
        if let Err(trouble) = report.outcome {
            let (variable, error) = (self.variable, problem(trouble));
            match report.usable {
                Some(_) => warn!("the secret of {variable} cannot be read again: {error}"),
                None => error!("the secret of {variable} cannot be used: {error}"),
            }
        }
    }
}
