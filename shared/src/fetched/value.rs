//! One fetched value, shared by all callers of the process. Readers of a fresh value never wait; each fetch
//! serves all callers.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    age::{Age, Kept},
    backoff::{Backoff, Pauses},
    budget::budget,
    flight::{Flight, Outcome, Source, Trouble, UnderWay},
    state::{FetchStats, Inner, count},
};
use crate::{
    clock::{Clock, Moment},
    net::BoxFuture,
};

/// How long a fetch may take, and how long callers wait for it.
#[derive(Debug, Clone, Copy)]
pub struct Discipline {
    /// The longest that a fetch may take. More than `patience`, so that it can still succeed for the next
    /// caller.
    pub budget: Duration,
    /// How long a caller without a usable value waits, all in all.
    pub patience: Duration,
    /// How long a fetch holds up callers who have an expired value that can still be used.
    pub short_patience: Duration,
    /// The pauses after failures.
    pub pauses: Pauses,
}

/// A value that is fetched when it is needed. Clones share it.
pub struct FetchedValue<S: Source>(Arc<Inner<S>>);

impl<S: Source> Clone for FetchedValue<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Shows how often it was fetched, and never the value, which may be a secret.
impl<S: Source> fmt::Debug for FetchedValue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FetchedValue").field(&self.stats()).finish()
    }
}

/// How a caller who needs a newer value gets it.
enum Joined<S: Source> {
    /// Somebody else's fetch has just brought it.
    There(Arc<Kept<S::Value>>),
    /// A fetch that was under way.
    Another(UnderWay<S>),
    /// A fetch that was begun for this caller.
    Own(UnderWay<S>),
}

impl<S: Source> FetchedValue<S> {
    /// The value of `source`. Nothing is fetched yet.
    pub fn new(source: S, discipline: Discipline, clock: Arc<dyn Clock>) -> Self {
        let backoff = Arc::new(Backoff::new(discipline.pauses));
        Self::sharing(source, discipline, clock, backoff)
    }

    /// The same, with pauses that it shares with other values of the same service.
    pub(super) fn sharing(
        source: S,
        discipline: Discipline,
        clock: Arc<dyn Clock>,
        backoff: Arc<Backoff<S::Error>>,
    ) -> Self {
        Self(Arc::new(Inner::new(source, discipline, clock, backoff)))
    }

    /// Where the value comes from.
    pub fn source(&self) -> &S {
        &self.0.source
    }

    /// The time by which values age.
    pub(crate) fn now(&self) -> Moment {
        self.0.now()
    }

    /// The value as last fetched, of whatever age.
    pub(crate) fn current(&self) -> Option<Arc<Kept<S::Value>>> {
        self.0.current()
    }

    /// Whether a fetch is under way.
    pub(crate) fn is_under_way(&self) -> bool {
        self.0.under_way().is_some()
    }

    /// Whether no fetch would be begun now, because of failures.
    pub(crate) fn is_paused(&self) -> bool {
        self.0.backoff.begin(self.now()).is_err()
    }

    /// The value, fetched if need be.
    ///
    /// # Errors
    /// The caller gets no value: the last one is too old, and no fetch ended in time.
    pub async fn get(&self) -> Result<Arc<Kept<S::Value>>, Trouble<S::Error>> {
        let Some(kept) = self.current() else {
            return self.newer_than(None).await;
        };
        match kept.age(self.now()) {
            Age::Fresh => Ok(kept),
            Age::Ending => {
                self.refresh(&kept);
                Ok(kept)
            }
            Age::Expired => Ok(self.soon_newer_than(&kept).await.unwrap_or(kept)),
            Age::Unusable => self.newer_than(Some(&kept)).await,
        }
    }

    /// Begins to fetch, if nothing is there yet; resolves when the fetch is over, however it ends. If the first
    /// one fails before any caller depends on it, there is no pause: the first caller tries for itself.
    pub fn prefetch(&self) -> impl Future<Output = ()> + Send + use<S> {
        let again = self.0.prefetched.swap(true, Ordering::Relaxed);
        let begun = if self.current().is_some() { None } else { self.join(None, again).ok() };
        async move {
            if let Some(Joined::Another(under_way) | Joined::Own(under_way)) = begun {
                under_way.over().await;
            }
        }
    }

    /// Begins to fetch a value that is newer than `seen`, for later callers.
    pub(crate) fn refresh(&self, seen: &Kept<S::Value>) {
        let _ = self.join(Some(seen), true);
    }

    /// A value that was fetched after `seen`, waited for as long as the caller's patience lasts.
    ///
    /// A sandbox may be frozen in the middle of a fetch, and thawed long after the connection is dead. A caller
    /// that joined such a fetch tries once more, in spite of the pause; after a second failure nobody does.
    pub(crate) async fn newer_than(
        &self,
        seen: Option<&Kept<S::Value>>,
    ) -> Result<Arc<Kept<S::Value>>, Trouble<S::Error>> {
        let patience = budget(self.0.discipline.patience);
        let until = Instant::now() + patience;
        let outcome = match self.join(seen, true)? {
            Joined::There(kept) => return Ok(kept),
            Joined::Own(own) => return self.wait(own, until).await,
            Joined::Another(under_way) => self.wait(under_way, until).await,
        };
        let time_left = until.saturating_duration_since(Instant::now()) >= patience / 10;
        if outcome.is_ok() || !time_left || !self.0.backoff.forgive_first() {
            return outcome;
        }
        match self.join(seen, true)? {
            Joined::There(kept) => Ok(kept),
            Joined::Own(under_way) | Joined::Another(under_way) => {
                self.wait(under_way, until).await
            }
        }
    }

    /// The same for a caller who can use `seen`. Such callers wait for a fetch only until the short patience is
    /// over, counted from the start of the fetch.
    pub(crate) async fn soon_newer_than(
        &self,
        seen: &Kept<S::Value>,
    ) -> Result<Arc<Kept<S::Value>>, Trouble<S::Error>> {
        let short = self.0.discipline.short_patience;
        match self.join(Some(seen), true)? {
            Joined::There(kept) => Ok(kept),
            Joined::Own(under_way) | Joined::Another(under_way) => {
                let until = (under_way.began + short).min(Instant::now() + budget(short));
                self.wait(under_way, until).await
            }
        }
    }

    pub(crate) fn stats(&self) -> FetchStats {
        self.0.stats()
    }

    /// The fetch under way, or a new one, unless there is something newer than `seen` already. Its failure
    /// causes a pause if anybody `depends` on it.
    fn join(
        &self,
        seen: Option<&Kept<S::Value>>,
        depends: bool,
    ) -> Result<Joined<S>, Trouble<S::Error>> {
        let inner = &self.0;
        let mut under_way = inner.under_way();
        if let Some(under_way) = &*under_way {
            under_way.depended_on(depends);
            return Ok(Joined::Another(under_way.clone()));
        }
        if let Some(kept) = inner.current()
            && seen.is_none_or(|seen| seen.number() < kept.number())
        {
            return Ok(Joined::There(kept));
        }
        let now = inner.now();
        let attempt = inner.backoff.begin(now)?;
        let (flight, view) = Flight::new(Arc::clone(inner), attempt, now);
        view.depended_on(depends);
        *under_way = Some(view.clone());
        drop(under_way);
        count(&inner.fetches);
        // Boxed, so that all kinds of values share the code of one task.
        let flight: BoxFuture<'static, ()> = Box::pin(flight.fly());
        tokio::spawn(flight);
        Ok(Joined::Own(view))
    }

    async fn wait(&self, under_way: UnderWay<S>, until: Instant) -> Outcome<S> {
        count(&self.0.waits);
        under_way.by(until).await
    }
}
