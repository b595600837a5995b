//! The key cache: one per key set, shared by every request of the process. The module `fetched` decides how
//! a set is fetched, aged and waited for; this file decides when an unknown key id causes a fetch.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tracing::warn;

use super::{fetch::Fetch, settings::CacheSettings, source::Keys};
use crate::{
    clock::{Clock, Moment},
    fetched::{Age, CachedValue, FetchPolicy, FetchedValue, Pauses},
    token::{KeySet, PublicKey},
};

/// Pauses after failures begin here and double.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key set is known, and has no key of that id.
    #[error("no such key")]
    Unknown,
    /// There is no key set to look into.
    #[error("no key set at hand")]
    Unavailable,
}

/// The keys of one issuer, kept as fresh as their issuer asks for.
#[derive(Debug)]
pub struct KeyCache {
    sets: FetchedValue<Keys>,
    /// The last search for an unknown key id.
    search: Mutex<Option<Search>>,
    unknown_kids: AtomicU64,
    stale_uses: AtomicU64,
}

/// A fetch because of an unknown key id.
#[derive(Debug)]
struct Search {
    began: Moment,
    /// The set that did not have the key.
    set: u64,
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
        let policy = FetchPolicy {
            timeout: settings.patience * 2,
            max_wait: settings.patience,
            max_wait_if_expired: settings.short_patience,
            pauses: Pauses {
                free: 0,
                first: FIRST_PAUSE,
                longest: LONGEST_PAUSE,
                jitter: settings.jitter,
            },
        };
        Arc::new(Self {
            sets: FetchedValue::new(Keys { settings, fetch }, policy, clock),
            search: Mutex::default(),
            unknown_kids: AtomicU64::default(),
            stale_uses: AtomicU64::default(),
        })
    }

    /// Begins to fetch, in a task of its own, if there is no key set yet. A failure costs nothing:
    /// the first request tries again. Needs a tokio runtime.
    pub fn prefetch(&self) {
        drop(self.sets.prefetch());
    }

    /// The key with this id, fetched if need be.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] if the newest set has no such key, [`KeyError::Unavailable`] if there is no
    /// usable set, or if no newer set could be fetched to look for the key. An unknown id causes at most
    /// one fetch per interval.
    pub async fn key(&self, kid: &str) -> Result<Arc<PublicKey>, KeyError> {
        let Some(set) = self.sets.current() else {
            return self.key_of_next_set(kid, None).await;
        };
        let now = self.sets.now();
        match (set.age(now), set.value().get(kid)) {
            (Age::Fresh, Some(key)) => Ok(Arc::clone(key)),
            (Age::Ending, Some(key)) => {
                self.sets.refresh(&set); // for later callers; not waited for
                Ok(Arc::clone(key))
            }
            (Age::Fresh | Age::Ending, None) => self.unknown(kid, now, &set).await,
            (Age::Expired, Some(key)) => match self.sets.soon_newer_than(&set).await {
                Ok(newer) => key_in(&newer, kid),
                Err(_) => {
                    count(&self.stale_uses);
                    let age_s = set.since_fetched(now).as_secs();
                    let key_set = self.sets.source().settings.key_set;
                    warn!(key_set, age_s, "key set expired, still used");
                    Ok(Arc::clone(key))
                }
            },
            (Age::Expired, None) | (Age::Unusable, _) => {
                self.key_of_next_set(kid, Some(&set)).await
            }
        }
    }

    /// Counters for tests and metrics.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        let fetched = self.sets.stats();
        CacheStats {
            fetches: fetched.fetches,
            failures: fetched.failures,
            unknown_kids: self.unknown_kids.load(Ordering::Relaxed),
            waits: fetched.waits,
            stale_uses: self.stale_uses.load(Ordering::Relaxed),
        }
    }

    /// The current set does not have the key, which may be newer than the set. The key is unknown only if a
    /// later set does not have it either; if no later set could be fetched, the caller must not be told
    /// that the token is bad.
    async fn unknown(
        &self,
        kid: &str,
        now: Moment,
        set: &CachedValue<KeySet>,
    ) -> Result<Arc<PublicKey>, KeyError> {
        count(&self.unknown_kids);
        if !self.sets.is_under_way()
            && let Some(known) = self.known_without_search(kid, now, set)
        {
            return known;
        }
        self.key_of_next_set(kid, Some(set)).await
    }

    /// The answer while no fetch may be begun: one is allowed per interval, which counts from the start of
    /// the attempt, whether it succeeds or not. `None` if this caller is to begin one.
    fn known_without_search(
        &self,
        kid: &str,
        now: Moment,
        set: &CachedValue<KeySet>,
    ) -> Option<Result<Arc<PublicKey>, KeyError>> {
        let mut search = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = self.sets.source().settings.unknown_kid_interval;
        match &*search {
            Some(last) if now.since(last.began) < interval => {
                let newer = self.sets.current().filter(|newest| last.set < newest.number());
                Some(newer.map_or(Err(KeyError::Unavailable), |newer| key_in(&newer, kid)))
            }
            _ if self.sets.is_paused() => Some(Err(KeyError::Unavailable)),
            _ => {
                *search = Some(Search { began: now, set: set.number() });
                None
            }
        }
    }

    async fn key_of_next_set(
        &self,
        kid: &str,
        seen: Option<&CachedValue<KeySet>>,
    ) -> Result<Arc<PublicKey>, KeyError> {
        let newer = self.sets.newer_than(seen).await.map_err(|_| KeyError::Unavailable)?;
        key_in(&newer, kid)
    }
}

fn key_in(set: &CachedValue<KeySet>, kid: &str) -> Result<Arc<PublicKey>, KeyError> {
    set.value().get(kid).cloned().ok_or(KeyError::Unknown)
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
