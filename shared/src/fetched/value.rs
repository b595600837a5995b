//! One fetched value, shared by all callers of the process. Readers of a fresh value never wait, and one fetch serves
//! all callers.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use tokio::time::Instant;

use super::{
    age::{Age, CachedValue},
    backoff::Backoff,
    budget::budget,
    in_flight::{InFlight, Outcome},
    policy::FetchPolicy,
    source::{FetchFailure, Source},
    state::{FetchStats, State},
    task::FetchTask,
};
use crate::{
    clock::{Clock, Moment},
    net::BoxFuture,
};

/// A value that is fetched when it is needed. Clones share it.
pub struct FetchedValue<S: Source>(pub(super) Arc<State<S>>);

impl<S: Source> Clone for FetchedValue<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Shows the counters and never the value, which may be a secret.
impl<S: Source> fmt::Debug for FetchedValue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FetchedValue").field(&self.stats()).finish()
    }
}

/// How a caller that needs a newer value gets it.
enum Joined<S: Source> {
    /// A newer value is there already, or none may be fetched because of a pause.
    Done(Outcome<S>),
    /// A fetch that was running already.
    Other(InFlight<S>),
    /// A fetch that was started for this caller.
    Own(InFlight<S>),
}

impl<S: Source> FetchedValue<S> {
    /// The value of `source`. Nothing is fetched yet; [`Source`] has an example.
    pub fn new(source: S, policy: FetchPolicy, clock: Arc<dyn Clock>) -> Self {
        let backoff = Arc::new(Backoff::new(policy.pauses));
        Self(Arc::new(State::new(source, policy, clock, backoff)))
    }

    /// Where the value comes from.
    pub(crate) fn source(&self) -> &S {
        &self.0.source
    }

    /// The current time of the clock by which the value ages.
    pub(crate) fn now(&self) -> Moment {
        self.0.now()
    }

    /// The last fetched value, of whatever age.
    pub(crate) fn current(&self) -> Option<Arc<CachedValue<S::Value>>> {
        self.0.current()
    }

    /// Whether a fetch is running.
    pub(crate) fn is_under_way(&self) -> bool {
        self.0.in_flight().is_some()
    }

    /// Resolves when no fetch is running.
    pub(crate) async fn settled(&self) {
        let running = self.0.in_flight().clone();
        if let Some(fetch) = running {
            fetch.end().await;
        }
    }

    /// Whether no fetch may start now, because of a pause after failures.
    pub(crate) fn is_paused(&self) -> bool {
        self.0.backoff.begin(self.now()).is_err()
    }

    /// The value, fetched if necessary.
    ///
    /// # Errors
    /// The cached value is too old to be used, and no fetch succeeded in time.
    pub async fn get(&self) -> Result<Arc<CachedValue<S::Value>>, FetchFailure<S::Error>> {
        let Some(current) = self.current() else {
            return self.newer_than(None).await;
        };
        match current.age(self.now()) {
            Age::Fresh => Ok(current),
            Age::RefreshDue => {
                self.refresh(&current);
                Ok(current)
            }
            Age::Expired => Ok(self.newer_if_soon(&current).await.unwrap_or(current)),
            Age::Unusable => self.newer_than(Some(&current)).await,
        }
    }

    /// Starts a fetch if there is no value yet. The returned future resolves when the fetch has ended, with or without
    /// a value. If the first prefetch fails before any caller needs the value, no pause follows: the first caller tries
    /// again.
    pub fn prefetch(&self) -> impl Future<Output = ()> + Send + use<S> {
        let is_needed = self.0.prefetched.swap(true, Ordering::Relaxed);
        let joined = self.current().is_none().then(|| self.join(None, is_needed));
        async move {
            if let Some(Joined::Other(fetch) | Joined::Own(fetch)) = joined {
                fetch.end().await;
            }
        }
    }

    /// Starts to fetch a value that is newer than `seen`, for later callers.
    pub(crate) fn refresh(&self, seen: &CachedValue<S::Value>) {
        self.join(Some(seen), true);
    }

    /// A value that was fetched after `seen`. The caller waits at most for `max_wait`.
    ///
    /// A sandbox may be frozen during a fetch, and thawed long after the connection has died. A caller that joined
    /// such a fetch tries once more, in spite of the pause; after a second failure no caller does.
    pub(crate) async fn newer_than(&self, seen: Option<&CachedValue<S::Value>>) -> Outcome<S> {
        let max_wait = budget(self.0.policy.max_wait);
        let deadline = Instant::now() + max_wait;
        let joined = self.join(seen, true);
        let may_retry = matches!(joined, Joined::Other(_));
        let outcome = self.outcome(joined, deadline).await;
        let has_time = || deadline.saturating_duration_since(Instant::now()) >= max_wait / 10;
        if outcome.is_ok() || !may_retry || !has_time() || !self.0.backoff.forgive_first() {
            return outcome;
        }
        self.outcome(self.join(seen, true), deadline).await
    }

    /// Like [`Self::newer_than`], for a caller that can use `seen`: it waits at most for `max_wait_if_expired`,
    /// counted from the start of the fetch.
    pub(crate) async fn newer_if_soon(&self, seen: &CachedValue<S::Value>) -> Outcome<S> {
        let max_wait = self.0.policy.max_wait_if_expired;
        let joined = self.join(Some(seen), true);
        let mut deadline = Instant::now() + budget(max_wait);
        if let Joined::Other(fetch) = &joined {
            deadline = deadline.min(fetch.began() + max_wait);
        }
        self.outcome(joined, deadline).await
    }

    pub(crate) fn stats(&self) -> FetchStats {
        *self.0.stats()
    }

    /// Joins the running fetch, or starts one unless there is a value newer than `seen` already. The failure of a
    /// fetch causes a pause only if a caller that joined it `needs` the value.
    fn join(&self, seen: Option<&CachedValue<S::Value>>, needs: bool) -> Joined<S> {
        let state = &self.0;
        let mut in_flight = state.in_flight();
        if let Some(fetch) = &*in_flight {
            fetch.needed_if(needs);
            return Joined::Other(fetch.clone());
        }
        if let Some(current) = state.current()
            && seen.is_none_or(|seen| seen.number() < current.number())
        {
            return Joined::Done(Ok(current));
        }
        let now = state.now();
        let begun = match state.usable_age(now) {
            Some(_) => state.backoff.begin(now),
            None => state.backoff.begin_without_value(now),
        };
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(error) => return Joined::Done(Err(error)),
        };
        let (task, fetch) = FetchTask::new(Arc::clone(state), attempt, now);
        fetch.needed_if(needs);
        *in_flight = Some(fetch.clone());
        drop(in_flight);
        state.stats().fetches += 1;
        // Boxed, so that the spawned task is compiled once for all kinds of values.
        let task: BoxFuture<'static, ()> = Box::pin(task.run());
        tokio::spawn(task);
        Joined::Own(fetch)
    }

    async fn outcome(&self, joined: Joined<S>, deadline: Instant) -> Outcome<S> {
        match joined {
            Joined::Done(outcome) => outcome,
            Joined::Other(fetch) | Joined::Own(fetch) => {
                self.0.stats().waits += 1;
                fetch.outcome(deadline).await
            }
        }
    }
}
