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
    copies::{Copies, KeyOrigin},
    error::{KeysUnavailable, VerifyError},
    fetch::Fetch,
    settings::CacheSettings,
    source::{KeySetSource, OriginKeys},
};
use crate::{
    clock::{Clock, Moment},
    fetched::{Age, CachedValue, FetchPolicy, FetchedValue, Pauses, within},
    token::{PublicKey, TokenError},
};

/// The pause after the first failed fetch. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after failed fetches, while the keys of before can be used.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

type Found = Result<(Arc<PublicKey>, KeyOrigin), VerifyError>;
type Set = CachedValue<OriginKeys>;

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
        Self::with_copies(settings, fetch, clock, Copies::default())
    }

    /// [`Self::new`] with other places than the issuer. The package's copy is used at once, while a fetch runs beside;
    /// the mirror is asked before the issuer. A copy is used as long as if it had been fetched from the issuer and kept
    /// since. That a key does not exist is known from the issuer only.
    #[must_use]
    pub fn with_copies(
        settings: CacheSettings,
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
        copies: Copies,
    ) -> Arc<Self> {
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
        let source = KeySetSource { settings, fetch, copies, clock: Arc::clone(&clock) };
        Arc::new(Self {
            sets: FetchedValue::new(source, policy, clock),
            search: Mutex::default(),
            unknown_kids: AtomicU64::default(),
            stale_uses: AtomicU64::default(),
        })
    }

    /// Begins to fetch in a separate task if there is no key set yet. If this fetch fails, the first request fetches
    /// again without a pause. If the function's package has the set, the fetch that replaces it begins, too. Needs a
    /// tokio runtime.
    pub fn prefetch(&self) {
        let first = self.sets.prefetch();
        if self.sets.source().copies.baked.is_some() {
            let sets = self.sets.clone();
            tokio::spawn(async move {
                first.await;
                if let Some(set) = sets.current()
                    && set.age(sets.now()) == Age::RefreshDue
                {
                    sets.refresh(&set);
                }
            });
        }
    }

    /// The key with this id, after a fetch if one is needed. An unknown id causes at most one fetch per
    /// [interval](CacheSettings::unknown_kid_interval).
    ///
    /// # Errors
    /// [`TokenError::KidUnknown`] if the issuer's newest set has no such key. [`KeysUnavailable`] if there is no usable
    /// set, or if no newer set could be fetched to look for the key.
    pub async fn key(&self, kid: &str) -> Result<Arc<PublicKey>, VerifyError> {
        self.find(kid).await.map(|(key, _)| key)
    }

    /// [`Self::key`], and where it comes from.
    pub(super) async fn find(&self, kid: &str) -> Found {
        let Some(set) = self.sets.current() else {
            return self.key_of_next_set(kid, None).await;
        };
        let now = self.sets.now();
        match (set.age(now), key_in(&set, kid)) {
            (Age::Fresh, Some(found)) => Ok(found),
            (Age::RefreshDue, Some(found)) => {
                self.sets.refresh(&set); // for later requests: this one does not wait
                Ok(found)
            }
            (Age::Fresh | Age::RefreshDue, None) => self.unknown(kid, now, &set).await,
            (Age::Expired, Some(found)) => match self.sets.newer_if_soon(&set).await {
                Ok(newer) => verdict(&newer, kid),
                Err(_) => {
                    count(&self.stale_uses);
                    let age_s = set.since_fetched(now).as_secs();
                    let key_set = self.sets.source().settings.key_set;
                    warn!(key_set, age_s, "key set expired, still used");
                    Ok(found)
                }
            },
            (Age::Expired, None) | (Age::Unusable, _) => {
                self.key_of_next_set(kid, Some(&set)).await
            }
        }
    }

    /// Whether a fetch is running.
    pub(crate) fn is_fetching(&self) -> bool {
        self.sets.is_under_way()
    }

    /// Resolves when no fetch is running.
    pub(crate) async fn settled(&self) {
        self.sets.settled().await;
    }

    /// Where the current set comes from; `None` if there is none yet.
    pub(crate) fn origin(&self) -> Option<KeyOrigin> {
        self.sets.current().map(|set| set.value().origin)
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
    async fn unknown(&self, kid: &str, now: Moment, set: &Set) -> Found {
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
    fn known_without_search(&self, kid: &str, now: Moment, set: &Set) -> Option<Found> {
        let mut search = self.search.lock().unwrap_or_else(PoisonError::into_inner);
        let interval = self.sets.source().settings.unknown_kid_interval;
        match &*search {
            Some(last) if now.since(last.began) < interval => {
                let newer = self.sets.current().filter(|newest| last.set < newest.number());
                Some(newer.map_or(Err(UNAVAILABLE), |newer| verdict(&newer, kid)))
            }
            _ if self.sets.is_paused() => Some(Err(UNAVAILABLE)),
            _ => {
                *search = Some(Search { began: now, set: set.number() });
                None
            }
        }
    }

    /// The answer of the next set that has the key, or of the issuer's. A copy that does not have the key is followed by
    /// a fetch of what is newer than the copy: at most the package's, the mirror's and the issuer's set.
    async fn key_of_next_set(&self, kid: &str, seen: Option<&Set>) -> Found {
        let next = async {
            let mut newer = self.sets.newer_than(seen).await.map_err(|_| UNAVAILABLE)?;
            for _ in 0..2 {
                if newer.value().origin == KeyOrigin::Issuer || key_in(&newer, kid).is_some() {
                    break;
                }
                newer = self.sets.newer_than(Some(&newer)).await.map_err(|_| UNAVAILABLE)?;
            }
            verdict(&newer, kid)
        };
        let max_wait = self.sets.source().settings.max_wait;
        within(max_wait, next).await.unwrap_or(Err(UNAVAILABLE))
    }
}

fn key_in(set: &Set, kid: &str) -> Option<(Arc<PublicKey>, KeyOrigin)> {
    let OriginKeys { keys, origin, .. } = set.value();
    keys.get(kid).map(|key| (Arc::clone(key), *origin))
}

/// That a key does not exist is the issuer's word only: a copy may be older than the key.
fn verdict(set: &Set, kid: &str) -> Found {
    key_in(set, kid).ok_or(match set.value().origin {
        KeyOrigin::Issuer => TokenError::KidUnknown.into(),
        KeyOrigin::Baked | KeyOrigin::Mirror => UNAVAILABLE,
    })
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
