//! One fetched key set and its ages. Pure: every decision is a function of it and of the time.

use std::{sync::Arc, time::Duration};

use crate::{
    clock::Moment,
    token::{KeySet, PublicKey},
};

/// What may be done with a key set at some age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Use it.
    Fresh,
    /// Use it, and have it replaced in the meantime.
    Ending,
    /// Replace it now; use it only if that fails.
    Expired,
    /// Do not use it.
    Unusable,
}

/// A key set as fetched, with the ages at which it changes its worth.
#[derive(Debug)]
pub(super) struct Snapshot {
    keys: KeySet,
    fetched: Moment,
    ends_after: Duration,
    fresh_for: Duration,
    usable_for: Duration,
}

/// The last part of a key set's life, in which it is replaced ahead of time.
const REFRESH_AHEAD: f64 = 0.2;
/// By how much that moment varies, so that many sandboxes do not fetch at once.
const JITTER: f64 = 0.1;

impl Snapshot {
    /// `jitter` is a number from -1 to 1.
    pub(super) fn new(
        keys: KeySet,
        fetched: Moment,
        fresh_for: Duration,
        stale_for: Duration,
        jitter: f64,
    ) -> Self {
        let ends_after = fresh_for.mul_f64(1.0 - REFRESH_AHEAD + JITTER * jitter.clamp(-1.0, 1.0));
        Self { keys, fetched, ends_after, fresh_for, usable_for: stale_for.max(fresh_for) }
    }

    pub(super) fn key(&self, kid: &str) -> Option<Arc<PublicKey>> {
        self.keys.get(kid).cloned()
    }

    /// The whole set.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(super) fn age(&self, now: Moment) -> Duration {
        now.since(self.fetched)
    }

    pub(super) fn freshness(&self, now: Moment) -> Freshness {
        let age = self.age(now);
        if age < self.ends_after {
            Freshness::Fresh
        } else if age < self.fresh_for {
            Freshness::Ending
        } else if age < self.usable_for {
            Freshness::Expired
        } else {
            Freshness::Unusable
        }
    }
}
