//! The state that all callers of one value share: the value, the fetch under way, and counters.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    age::{Age, Ages, Kept},
    backoff::{Attempt, Backoff},
    flight::{Source, Trouble, UnderWay},
    value::Discipline,
};
use crate::clock::{Clock, Moment};

/// The state behind a fetched value, which a fetch holds for as long as it is on its way.
pub(super) struct Inner<S: Source> {
    pub(super) source: S,
    pub(super) discipline: Discipline,
    clock: Arc<dyn Clock>,
    pub(super) backoff: Arc<Backoff<S::Error>>,
    kept: RwLock<Option<Arc<Kept<S::Value>>>>,
    /// Locked for moments, never across an await.
    under_way: Mutex<Option<UnderWay<S>>>,
    pub(super) prefetched: AtomicBool,
    pub(super) fetches: AtomicU64,
    failures: AtomicU64,
    pub(super) waits: AtomicU64,
}

/// How often a value was fetched and waited for so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FetchStats {
    /// Fetches begun.
    pub(crate) fetches: u64,
    /// Fetches that failed.
    pub(crate) failures: u64,
    /// How often a caller waited for a fetch.
    pub(crate) waits: u64,
}

impl<S: Source> Inner<S> {
    pub(super) fn new(
        source: S,
        discipline: Discipline,
        clock: Arc<dyn Clock>,
        backoff: Arc<Backoff<S::Error>>,
    ) -> Self {
        Self {
            source,
            discipline,
            clock,
            backoff,
            kept: RwLock::default(),
            under_way: Mutex::default(),
            prefetched: AtomicBool::default(),
            fetches: AtomicU64::default(),
            failures: AtomicU64::default(),
            waits: AtomicU64::default(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment::now(self.clock.as_ref())
    }

    pub(super) fn current(&self) -> Option<Arc<Kept<S::Value>>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn usable(&self, now: Moment) -> Option<Arc<Kept<S::Value>>> {
        self.current().filter(|kept| kept.age(now) != Age::Unusable)
    }

    /// Stores a newly fetched value.
    pub(super) fn replace(
        &self,
        value: S::Value,
        fetched: Moment,
        ages: Ages,
    ) -> Arc<Kept<S::Value>> {
        let mut under_way = self.under_way();
        let mut current = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let number = current.as_ref().map_or(0, |kept| kept.number() + 1);
        let kept = Arc::new(Kept::new(value, fetched, ages, number));
        *current = Some(Arc::clone(&kept));
        self.backoff.succeeded();
        *under_way = None;
        kept
    }

    /// Notes a failed fetch, and returns the pause that follows if `counts`.
    pub(super) fn fail(
        &self,
        attempt: Attempt,
        now: Moment,
        trouble: &Trouble<S::Error>,
        counts: impl FnOnce() -> bool,
    ) -> Duration {
        count(&self.failures);
        let mut under_way = self.under_way(); // from here on nobody joins
        *under_way = None;
        if counts() { self.backoff.failed(attempt, now, trouble.clone()) } else { Duration::ZERO }
    }

    pub(super) fn under_way(&self) -> MutexGuard<'_, Option<UnderWay<S>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> FetchStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FetchStats {
            fetches: read(&self.fetches),
            failures: read(&self.failures),
            waits: read(&self.waits),
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
