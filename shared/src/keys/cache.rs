//! The key cache: one per key set, shared by every request of the process.
//! Readers whose key is there never wait; whatever must be fetched is fetched once, for all.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::timeout};
use tracing::{info, warn};

use super::{
    fetch::{Fetch, FetchError},
    left_out::report_left_out,
    settings::CacheSettings,
    snapshot::{Freshness, Snapshot},
};
use crate::{
    clock::{Clock, Moment},
    token::{KeySet, KeySetError, PublicKey},
};

/// The longest pause after failures; they begin at one second and double.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// The key set is known, and has no key of that id.
    Unknown,
    /// There is no key set to look into.
    Unavailable,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no such key",
            Self::Unavailable => "no key set at hand",
        })
    }
}

impl std::error::Error for KeyError {}

/// The keys of one issuer, kept as fresh as their issuer asks for.
pub struct KeyCache {
    settings: CacheSettings,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    refresh: Mutex<Refresh>,
    counters: Counters,
}

/// The state of fetching. Locked for moments, never across an await.
#[derive(Default)]
struct Refresh {
    /// Closed when the fetch under way is over.
    in_flight: Option<watch::Receiver<()>>,
    failures: u32,
    /// Since when, and how long, no fetch is started after failures.
    pause: Option<(Moment, Duration)>,
    /// When the last fetch for an unknown key id began.
    unknown_kid: Option<Moment>,
}

#[derive(Default)]
struct Counters {
    fetches: AtomicU64,
    failures: AtomicU64,
    unknown_kids: AtomicU64,
    waits: AtomicU64,
    stale_uses: AtomicU64,
}

/// What a cache has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Fetches begun.
    pub fetches: u64,
    /// Fetches that brought no key set.
    pub failures: u64,
    /// Requests with a key id that the set does not have.
    pub unknown_kids: u64,
    /// Requests that waited for a fetch.
    pub waits: u64,
    /// Requests answered with an expired set.
    pub stale_uses: u64,
}

impl KeyCache {
    /// An empty cache. Nothing is fetched before [`Self::prefetch`] or the first request.
    #[must_use]
    pub fn new(settings: CacheSettings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            fetch,
            clock,
            snapshot: RwLock::default(),
            refresh: Mutex::default(),
            counters: Counters::default(),
        })
    }

    /// Begins to fetch, in a task of its own, if there is no key set yet. A failure costs nothing:
    /// the first request tries again. Needs a tokio runtime.
    pub fn prefetch(self: &Arc<Self>) {
        if self.current().is_none() {
            let _ = self.fetch_once();
        }
    }

    /// The key with this id, fetched if need be.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] if the set has no such key, [`KeyError::Unavailable`] if there is no
    /// set that may be used. An unknown id causes at most one fetch per interval.
    pub async fn key(self: &Arc<Self>, kid: &str) -> Result<Arc<PublicKey>, KeyError> {
        let now = self.now();
        let Some(snapshot) = self.current() else {
            return self.key_of_next_set(kid).await;
        };
        let key = snapshot.key(kid);
        match (snapshot.freshness(now), key) {
            (Freshness::Fresh, Some(key)) => Ok(key),
            (Freshness::Ending, Some(key)) => {
                let _ = self.fetch_once(); // for those to come; not waited for
                Ok(key)
            }
            (Freshness::Fresh | Freshness::Ending, None) => {
                count(&self.counters.unknown_kids);
                if self.may_fetch_for_unknown_kid(now) {
                    self.key_of_next_set(kid).await
                } else {
                    Err(KeyError::Unknown)
                }
            }
            (Freshness::Expired, Some(key)) => {
                if self.replaced_within(self.settings.short_patience).await {
                    return self.key_in_current_set(kid);
                }
                count(&self.counters.stale_uses);
                let age_s = snapshot.age(now).as_secs();
                warn!(key_set = self.settings.key_set, age_s, "key set expired, still used");
                Ok(key)
            }
            (Freshness::Expired | Freshness::Unusable, _) => self.key_of_next_set(kid).await,
        }
    }

    /// Counters for tests and metrics.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStats {
            fetches: read(&self.counters.fetches),
            failures: read(&self.counters.failures),
            unknown_kids: read(&self.counters.unknown_kids),
            waits: read(&self.counters.waits),
            stale_uses: read(&self.counters.stale_uses),
        }
    }

    async fn key_of_next_set(self: &Arc<Self>, kid: &str) -> Result<Arc<PublicKey>, KeyError> {
        let joined = self.refresh().in_flight.is_some();
        let patience = self.settings.patience;
        if self.replaced_within(patience).await
            || (joined && self.may_retry_at_once() && self.replaced_within(patience).await)
        {
            self.key_in_current_set(kid)
        } else {
            Err(KeyError::Unavailable)
        }
    }

    /// A sandbox may be frozen in the middle of its prefetch, and thawed long after the connection
    /// is dead. Whoever joined such a fetch tries once more, in spite of the pause; after a second
    /// failure nobody does.
    fn may_retry_at_once(&self) -> bool {
        let mut refresh = self.refresh();
        let first_failure = refresh.failures == 1;
        if first_failure {
            refresh.pause = None;
        }
        first_failure
    }

    fn key_in_current_set(&self, kid: &str) -> Result<Arc<PublicKey>, KeyError> {
        let snapshot = self.current().ok_or(KeyError::Unavailable)?;
        snapshot.key(kid).ok_or(KeyError::Unknown)
    }

    /// Takes part in one fetch, begun here or under way; whether it brought a set in time.
    async fn replaced_within(self: &Arc<Self>, patience: Duration) -> bool {
        let before = self.current();
        let Some(mut over) = self.fetch_once() else {
            return false;
        };
        count(&self.counters.waits);
        // The sender never sends: the channel closes when the fetch is over.
        let _ = timeout(patience, over.changed()).await;
        match (before, self.current()) {
            (Some(before), Some(after)) => !Arc::ptr_eq(&before, &after),
            (None, after) => after.is_some(),
            (Some(_), None) => false,
        }
    }

    fn may_fetch_for_unknown_kid(&self, now: Moment) -> bool {
        let mut refresh = self.refresh();
        let interval = self.settings.unknown_kid_interval;
        let allowed = refresh.unknown_kid.is_none_or(|last| now.since(last) >= interval);
        if allowed {
            refresh.unknown_kid = Some(now); // from the start, whatever comes of it
        }
        allowed
    }

    /// The fetch under way, or a new one; `None` in the pause after failures.
    fn fetch_once(self: &Arc<Self>) -> Option<watch::Receiver<()>> {
        let mut refresh = self.refresh();
        if let Some(in_flight) = &refresh.in_flight {
            return Some(in_flight.clone());
        }
        if refresh.pause.is_some_and(|(since, pause)| self.now().since(since) < pause) {
            return None;
        }
        let (closes_when_over, over) = watch::channel(());
        refresh.in_flight = Some(over.clone());
        drop(refresh);
        count(&self.counters.fetches);
        let flight = Flight {
            cache: Arc::clone(self),
            began: self.now(),
            landed: false,
            _over: closes_when_over,
        };
        // A task of its own: whoever asked first may be cancelled, the others still wait for it.
        tokio::spawn(flight.fly());
        Some(over)
    }

    fn replace(&self, keys: KeySet, fetched: Moment, stated: Option<Duration>) -> Duration {
        let (least, most) = self.settings.lifetime;
        let lifetime = stated.unwrap_or(self.settings.default_lifetime).clamp(least, most);
        report_left_out(
            self.settings.key_set,
            self.current().as_deref().map(Snapshot::keys),
            &keys,
        );
        let jitter = (self.settings.jitter)();
        let snapshot = Snapshot::new(keys, fetched, lifetime, self.settings.stale_for, jitter);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
        lifetime
    }

    fn current(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refresh(&self) -> MutexGuard<'_, Refresh> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment::now(self.clock.as_ref())
    }
}

/// One fetch on its way. Dropped early (a panic, the end of the runtime) it counts as failed, and
/// nobody waits for it any longer.
struct Flight {
    cache: Arc<KeyCache>,
    began: Moment,
    landed: bool,
    /// Dropped with the flight, which closes the channel that others wait on.
    _over: watch::Sender<()>,
}

impl Flight {
    async fn fly(mut self) {
        let settings = &self.cache.settings;
        let outcome = match self.cache.fetch.fetch(&settings.url).await {
            Ok(fetched) => KeySet::from_jwks(&fetched.body)
                .map(|keys| (keys, fetched.lifetime))
                .map_err(Failure::Document),
            Err(error) => Err(Failure::Fetch(error)),
        };
        self.land(outcome);
    }

    fn land(&mut self, outcome: Result<(KeySet, Option<Duration>), Failure>) {
        self.landed = true;
        let cache = &self.cache;
        let key_set = cache.settings.key_set;
        let duration_ms = cache.now().since(self.began).as_secs_f64() * 1e3;
        match outcome {
            Ok((keys, lifetime)) => {
                // Its age counts from the question, not from the answer.
                let lifetime = cache.replace(keys, self.began, lifetime);
                let mut refresh = cache.refresh();
                refresh.failures = 0;
                refresh.pause = None;
                refresh.in_flight = None;
                drop(refresh);
                let max_age_s = lifetime.as_secs();
                info!(key_set, outcome = "ok", max_age_s, duration_ms, "key fetch");
            }
            Err(failure) => {
                count(&cache.counters.failures);
                let mut refresh = cache.refresh();
                let pause = backoff(refresh.failures, (cache.settings.jitter)());
                refresh.failures = refresh.failures.saturating_add(1);
                refresh.pause = Some((cache.now(), pause));
                refresh.in_flight = None;
                drop(refresh);
                let retry_in_s = pause.as_secs_f64();
                warn!(key_set, outcome = %failure, duration_ms, retry_in_s, "key fetch");
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.landed {
            self.land(Err(Failure::Interrupted));
        }
    }
}

/// 1, 2, 4 … 60 seconds, a tenth more or less.
fn backoff(failures: u32, jitter: f64) -> Duration {
    let doubled = Duration::from_secs(1u64.checked_shl(failures).unwrap_or(u64::MAX));
    doubled.min(MAX_BACKOFF).mul_f64(1.0 + 0.1 * jitter.clamp(-1.0, 1.0))
}

enum Failure {
    Fetch(FetchError),
    Document(KeySetError),
    Interrupted,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => error.fmt(f),
            Self::Document(error) => error.fmt(f),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache")
            .field("key_set", &self.settings.key_set)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
