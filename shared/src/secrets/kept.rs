//! A secret, read once for all and again after a while, so that a rotation is seen without a restart;
//! and what is made of it, kept for as long as the secret stays what it is.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Mutex;
use tracing::{error, info, warn};

use super::manager::{Secret, SecretError, SecretSource};
use crate::clock::{Clock, Moment};

/// How long a secret is used before it is read again.
const FRESH_FOR: Duration = Duration::from_secs(300);
/// How long after it was last read it is still used, while it cannot be read again.
const USABLE_FOR: Duration = Duration::from_secs(3600);
/// How long nobody tries again after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// What a secret is made into.
type Make<T> = Box<dyn Fn(&str) -> Result<T, SecretError> + Send + Sync>;

/// A secret that is read when it is needed, and what is made of it.
pub struct KeptSecret<T> {
    /// The variable that names it, for the log.
    variable: &'static str,
    source: Box<dyn SecretSource>,
    make: Make<T>,
    clock: Arc<dyn Clock>,
    /// Held while the secret is read: whoever comes meanwhile waits, and finds it.
    state: Mutex<State<T>>,
}

struct State<T> {
    kept: Option<Kept<T>>,
    failed: Option<(Moment, SecretError)>,
}

/// What was made of a secret, and of which version.
struct Kept<T> {
    value: Arc<T>,
    version: String,
    read: Moment,
}

impl<T> KeptSecret<T> {
    /// The secret of `source`, which `variable` names, as `make` reads it. Nothing is read yet.
    pub fn new(
        variable: &'static str,
        source: impl SecretSource,
        make: impl Fn(&str) -> Result<T, SecretError> + Send + Sync + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let state = Mutex::new(State { kept: None, failed: None });
        Self { variable, source: Box::new(source), make: Box::new(make), clock, state }
    }

    /// What is made of the current secret.
    ///
    /// # Errors
    /// It cannot be read, or is not what it should be, and what was read before is an hour old. Each
    /// failed attempt is one line of the log; after one, nobody tries for five seconds.
    pub async fn get(&self) -> Result<Arc<T>, SecretError> {
        let mut state = self.state.lock().await;
        let now = Moment::now(self.clock.as_ref());
        if let Some(kept) = &state.kept
            && now.since(kept.read) < FRESH_FOR
        {
            return Ok(Arc::clone(&kept.value));
        }
        if let Some((since, error)) = &state.failed
            && now.since(*since) < PAUSE
        {
            return state.still_usable(now).ok_or_else(|| error.clone());
        }
        match self.read(&mut state, now).await {
            Ok(value) => Ok(value),
            Err(error) => {
                let usable = state.still_usable(now);
                let variable = self.variable;
                match &usable {
                    Some(_) => warn!("the secret of {variable} cannot be read again: {error}"),
                    None => error!("the secret of {variable} cannot be used: {error}"),
                }
                state.failed = Some((now, error.clone()));
                usable.ok_or(error)
            }
        }
    }

    /// Lets the next caller try at once.
    pub(super) async fn forget_failure(&self) {
        self.state.lock().await.failed = None;
    }

    async fn read(&self, state: &mut State<T>, now: Moment) -> Result<Arc<T>, SecretError> {
        let Secret { version, text } = self.source.read().await?;
        state.failed = None;
        if let Some(kept) = &mut state.kept {
            if kept.version == version {
                kept.read = now;
                return Ok(Arc::clone(&kept.value));
            }
            info!("the secret of {} was rotated", self.variable);
        }
        let value = Arc::new((self.make)(&text)?);
        state.kept = Some(Kept { value: Arc::clone(&value), version, read: now });
        Ok(value)
    }
}

impl<T> State<T> {
    fn still_usable(&self, now: Moment) -> Option<Arc<T>> {
        let kept = self.kept.as_ref()?;
        (now.since(kept.read) < USABLE_FOR).then(|| Arc::clone(&kept.value))
    }
}

impl<T> fmt::Debug for KeptSecret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptSecret").field("variable", &self.variable).finish_non_exhaustive()
    }
}
