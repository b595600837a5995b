//! The state that all callers of one value share: the value, the running fetch, and counters.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::AtomicBool},
    time::Duration,
};

use super::{
    age::{Age, CachedValue, Expiry},
    backoff::{Attempt, Backoff},
    in_flight::InFlight,
    policy::FetchPolicy,
    source::{FetchFailure, Source},
};
use crate::clock::{Clock, Moment};

/// The state of a fetched value. A running fetch keeps it alive.
pub(super) struct State<S: Source> {
    pub(super) source: S,
    pub(super) policy: FetchPolicy,
    clock: Arc<dyn Clock>,
    pub(super) backoff: Arc<Backoff<S::Error>>,
    cached: RwLock<Option<Arc<CachedValue<S::Value>>>>,
    /// Locked briefly, never across an await.
    in_flight: Mutex<Option<InFlight<S>>>,
    pub(super) prefetched: AtomicBool,
    stats: Mutex<FetchStats>,
}

/// How often a value was fetched and waited for so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FetchStats {
    /// Fetches that were started.
    pub(crate) fetches: u64,
    /// Fetches that failed.
    pub(crate) failures: u64,
    /// How often a caller waited for a fetch.
    pub(crate) waits: u64,
}

impl<S: Source> State<S> {
    pub(super) fn new(
        source: S,
        policy: FetchPolicy,
        clock: Arc<dyn Clock>,
        backoff: Arc<Backoff<S::Error>>,
    ) -> Self {
        Self {
            source,
            policy,
            clock,
            backoff,
            cached: RwLock::default(),
            in_flight: Mutex::default(),
            prefetched: AtomicBool::default(),
            stats: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment::now(self.clock.as_ref())
    }

    pub(super) fn current(&self) -> Option<Arc<CachedValue<S::Value>>> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The age of the current value, if it can still be used.
    pub(super) fn usable_age(&self, now: Moment) -> Option<Duration> {
        let current = self.current().filter(|current| current.age(now) != Age::Unusable)?;
        Some(current.since_fetched(now))
    }

    /// Stores a newly fetched value.
    pub(super) fn store(
        &self,
        value: S::Value,
        fetched: Moment,
        expiry: Expiry,
    ) -> Arc<CachedValue<S::Value>> {
        let mut in_flight = self.in_flight();
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        let number = cached.as_ref().map_or(0, |last| last.number() + 1);
        let new = Arc::new(CachedValue { value, fetched, expiry, number });
        *cached = Some(Arc::clone(&new));
        self.backoff.succeeded();
        *in_flight = None;
        new
    }

    /// Records that a fetch failed. If `counts`, the failure counts for the backoff. Returns the pause that follows.
    pub(super) fn fail(
        &self,
        attempt: Attempt,
        now: Moment,
        error: &FetchFailure<S::Error>,
        counts: impl FnOnce() -> bool,
    ) -> Duration {
        self.stats().failures += 1;
        let mut in_flight = self.in_flight(); // no caller joins the fetch from here on
        *in_flight = None;
        if !counts() {
            return Duration::ZERO;
        }
        let pause = self.backoff.failed(attempt, now, error.clone());
        if self.usable_age(now).is_some() { pause } else { pause.min(self.policy.pauses.first) }
    }

    pub(super) fn in_flight(&self) -> MutexGuard<'_, Option<InFlight<S>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, FetchStats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
