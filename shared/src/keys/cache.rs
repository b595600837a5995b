//! The key cache: one per key set, shared by all requests of the process. The module `fetched` decides how a set is
//! fetched, how long it is used, and how long requests wait for it. This file decides when an unknown key id causes a
//! fetch.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tracing::warn;

use super::{
    error::{KeysUnavailable, VerifyError},
    fetch::Fetch,
    settings::CacheSettings,
    source::KeySetSource,
};
use crate::{
    clock::{Clock, Moment},
    fetched::{Age, CachedValue, FetchPolicy, FetchedValue, Pauses},
    token::{KeySet, PublicKey, TokenError},
};

/// The pause after the first failed fetch. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after failed fetches.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

type Found = Result<Arc<PublicKey>, VerifyError>;

const UNAVAILABLE: VerifyError = VerifyError::Unavailable(KeysUnavailable);

/// The keys of one issuer, fetched again when they expire.
#[derive(Debug)]
pub struct KeyCache {
    sets: FetchedValue<KeySetSource>,
    /// The last fetch that an unknown key id caused.
    search: Mutex<Option<Search>>,
    unknown_kids: AtomicU64,
    stale_uses: AtomicU64,
}

/// A fetch that an unknown key id caused.
#[derive(Debug)]
struct Search {
    began: Moment,
    /// The number of the set that did not have the key.
    set: u64,
}

/// The counters of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheStats {
    /// Fetches that were started.
    pub fetches: u64,
    /// Fetches that failed.
    pub failures: u64,
    /// Requests with a key id that the set does not have.
    pub unknown_kids: u64,
    /// Requests that waited for a fetch.
    pub waits: u64,
    /// Requests that used a key of an expired set.
    pub stale_uses: u64,
}

impl KeyCache {
    /// An empty cache. The first fetch begins with [`Self::prefetch`] or the first request.
    #[must_use]
    pub fn new(settings: CacheSettings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let policy = FetchPolicy {
            timeout: settings.max_wait * 2,
            max_wait: settings.max_wait,
            max_wait_if_expired: settings.max_wait_if_expired,
            pauses: Pauses {
                free: 0,
                first: FIRST_PAUSE,
                longest: LONGEST_PAUSE,
                jitter: settings.jitter,
            },
        };
        Arc::new(Self {
            sets: FetchedValue::new(KeySetSource { settings, fetch }, policy, clock),
            search: Mutex::default(),
            unknown_kids: AtomicU64::default(),
            stale_uses: AtomicU64::default(),
        })
    }

    /// Begins to fetch in a separate task if there is no key set yet. If this fetch fails, the first request fetches
    /// again without a pause. Needs a tokio runtime.
    pub fn prefetch(&self) {
        drop(self.sets.prefetch());
    }

    /// The key with this id, after a fetch if one is needed. An unknown id causes at most one fetch per
    /// [interval](CacheSettings::unknown_kid_interval).
    ///
    /// # Errors
    /// [`TokenError::KidUnknown`] if the newest set has no such key. [`KeysUnavailable`] if there is no usable set, or
    /// if no newer set could be fetched to look for the key.
    pub async fn key(&self, kid: &str) -> Result<Arc<PublicKey>, VerifyError> {
        let Some(set) = self.sets.current() else {
            return self.key_of_next_set(kid, None).await;
        };
        let now = self.sets.now();
        match (set.age(now), set.value().get(kid)) {
            (Age::Fresh, Some(key)) => Ok(Arc::clone(key)),
            (Age::RefreshDue, Some(key)) => {
                self.sets.refresh(&set); // for later requests: this one does not wait
                Ok(Arc::clone(key))
            }
            (Age::Fresh | Age::RefreshDue, None) => self.unknown(kid, now, &set).await,
            (Age::Expired, Some(key)) => match self.sets.newer_if_soon(&set).await {
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
    pub(crate) fn stats(&self) -> CacheStats {
        let fetched = self.sets.stats();
        CacheStats {
            fetches: fetched.fetches,
            failures: fetched.failures,
            unknown_kids: self.unknown_kids.load(Ordering::Relaxed),
            waits: fetched.waits,
            stale_uses: self.stale_uses.load(Ordering::Relaxed),
        }
    }

    /// The answer for a key id that the current set does not have. The key may be newer than the set, so it counts as
    /// unknown only if a later set does not have it either. If no later set can be fetched, the answer is that the
    /// keys are unavailable, and the token is not refused.
    async fn unknown(&self, kid: &str, now: Moment, set: &CachedValue<KeySet>) -> Found {
        count(&self.unknown_kids);
        if !self.sets.is_under_way()
            && let Some(known) = self.known_without_search(kid, now, set)
        {
            return known;
        }
        self.key_of_next_set(kid, Some(set)).await
    }

    /// The answer without a fetch, or `None` if this request is to start one. Unknown key ids may start one fetch per
    /// interval. The interval counts from the start of the last such fetch, whether it succeeded or not.
    fn known_without_search(
        &self,
        kid: &str,
        now: Moment,
        set: &CachedValue<KeySet>,
    ) -> Option<Found> {
        let mut search = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = self.sets.source().settings.unknown_kid_interval;
        match &*search {
            Some(last) if now.since(last.began) < interval => {
                let newer = self.sets.current().filter(|newest| last.set < newest.number());
                Some(newer.map_or(Err(UNAVAILABLE), |newer| key_in(&newer, kid)))
            }
            _ if self.sets.is_paused() => Some(Err(UNAVAILABLE)),
            _ => {
                *search = Some(Search { began: now, set: set.number() });
                None
            }
        }
    }

    async fn key_of_next_set(&self, kid: &str, seen: Option<&CachedValue<KeySet>>) -> Found {
        let newer = self.sets.newer_than(seen).await.map_err(|_| UNAVAILABLE)?;
        key_in(&newer, kid)
    }
}

fn key_in(set: &CachedValue<KeySet>, kid: &str) -> Found {
    set.value().get(kid).cloned().ok_or(TokenError::KidUnknown.into())
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
