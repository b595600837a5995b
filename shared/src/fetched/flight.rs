//! One fetch under way, in a task of its own: if the caller who began it is cancelled, the others still get
//! the value.

use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use super::{
    age::{Ages, Kept},
    backoff::Attempt,
    state::Inner,
};
use crate::clock::Moment;

/// Where a value comes from.
pub trait Source: Sized + Send + Sync + 'static {
    /// The type of the value.
    type Value: Send + Sync + 'static;
    /// Why it could not be fetched.
    type Error: Clone + Send + Sync + 'static;

    /// Fetches once. `last` is the value as last fetched, of whatever age.
    fn fetch(
        &self,
        last: Option<Arc<Kept<Self::Value>>>,
    ) -> impl Future<Output = Result<(Self::Value, Ages), Self::Error>> + Send;

    /// Whether any other request to this source would most likely fail as well. If so, a pause follows.
    fn is_outage(&self, _: &Self::Error) -> bool {
        true
    }

    /// Called when a fetch is over, for the log.
    fn over(&self, _: Report<'_, Self>) {}
}

/// How a fetch ended.
pub struct Report<'a, S: Source> {
    /// The new value, or why there is none.
    pub outcome: Result<&'a Kept<S::Value>, &'a Trouble<S::Error>>,
    /// How long it took.
    pub took: Duration,
    /// The pause that follows.
    pub retry_in: Duration,
    /// The age of the value that is used until then; `None` without one.
    pub usable: Option<Duration>,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble<E> {
    /// The source said so.
    #[error("{0}")]
    Failed(E),
    /// The fetch took longer than its budget.
    #[error("timed out")]
    TimedOut,
    /// The fetch panicked, or its runtime ended.
    #[error("interrupted")]
    Interrupted,
    /// The caller's budget is over; the fetch goes on.
    #[error("not there yet")]
    NotYet,
}

/// The result of a fetch.
pub(super) type Outcome<S> = Result<Arc<Kept<<S as Source>::Value>>, Trouble<<S as Source>::Error>>;

/// A fetch as its waiting callers see it.
pub(super) struct UnderWay<S: Source> {
    /// Closed when the fetch is over. Carries nothing, so that all kinds of values share its code.
    over: watch::Receiver<()>,
    outcome: Arc<OnceLock<Outcome<S>>>,
    pub(super) began: Instant,
    /// Whether a caller depends on it. A prefetch begins without one.
    needed: Arc<AtomicBool>,
}

impl<S: Source> Clone for UnderWay<S> {
    fn clone(&self) -> Self {
        let (over, outcome) = (self.over.clone(), Arc::clone(&self.outcome));
        Self { over, outcome, began: self.began, needed: Arc::clone(&self.needed) }
    }
}

impl<S: Source> UnderWay<S> {
    pub(super) fn depended_on(&self, depends: bool) {
        self.needed.fetch_or(depends, Ordering::Relaxed);
    }

    /// Its result, or [`Trouble::NotYet`] if it is not over by then.
    pub(super) async fn by(self, until: Instant) -> Outcome<S> {
        if is_closed_by(self.over, until).await {
            self.outcome.get().cloned().unwrap_or(Err(Trouble::Interrupted))
        } else {
            Err(Trouble::NotYet)
        }
    }

    /// Resolves when it is over, however it ends.
    pub(super) async fn over(mut self) {
        let _ = self.over.changed().await;
    }
}

async fn is_closed_by(mut over: watch::Receiver<()>, until: Instant) -> bool {
    timeout_at(until, over.changed()).await.is_ok()
}

/// The fetch itself. Dropped early (a panic, the end of the runtime) it counts as failed.
pub(super) struct Flight<S: Source> {
    inner: Arc<Inner<S>>,
    attempt: Option<Attempt>,
    began: Moment,
    outcome: Arc<OnceLock<Outcome<S>>>,
    /// Dropped with the flight, which closes the channel that others wait on.
    _over: watch::Sender<()>,
    needed: Arc<AtomicBool>,
}

impl<S: Source> Flight<S> {
    /// A flight that is ready to go, and the view of those who wait for it.
    pub(super) fn new(
        inner: Arc<Inner<S>>,
        attempt: Attempt,
        began: Moment,
    ) -> (Self, UnderWay<S>) {
        let (closes_when_over, over) = watch::channel(());
        let outcome = Arc::new(OnceLock::new());
        let under_way = UnderWay {
            over,
            outcome: Arc::clone(&outcome),
            began: Instant::now(),
            needed: Arc::default(),
        };
        let needed = Arc::clone(&under_way.needed);
        let attempt = Some(attempt);
        (Self { inner, attempt, began, outcome, _over: closes_when_over, needed }, under_way)
    }

    pub(super) async fn fly(mut self) {
        let fetch = self.inner.source.fetch(self.inner.current());
        let outcome = match timeout(self.inner.discipline.budget, fetch).await {
            Ok(Ok(fetched)) => Ok(fetched),
            Ok(Err(error)) => Err(Trouble::Failed(error)),
            Err(_) => Err(Trouble::TimedOut),
        };
        self.land(outcome);
    }

    fn land(&mut self, outcome: Result<(S::Value, Ages), Trouble<S::Error>>) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        let inner = &self.inner;
        let now = inner.now();
        let took = now.since(self.began);
        let (outcome, retry_in) = match outcome {
            Ok((value, ages)) => {
                // Its age counts from when it was asked for, not from when the answer came.
                let kept = inner.replace(value, self.began, ages);
                (Ok(kept), Duration::ZERO)
            }
            Err(trouble) => {
                let outage = match &trouble {
                    Trouble::Failed(error) => inner.source.is_outage(error),
                    _ => true,
                };
                let counts = || outage && self.needed.load(Ordering::Relaxed);
                let retry_in = inner.fail(attempt, now, &trouble, counts);
                (Err(trouble), retry_in)
            }
        };
        let usable = match &outcome {
            Ok(_) => None,
            Err(_) => inner.usable(now).map(|kept| kept.since_fetched(now)),
        };
        inner.source.over(Report { outcome: outcome.as_deref(), took, retry_in, usable });
        let _ = self.outcome.set(outcome);
    }
}

impl<S: Source> Drop for Flight<S> {
    fn drop(&mut self) {
        self.land(Err(Trouble::Interrupted));
    }
}
