//! A fetched value and its age. Pure: every decision is a function of the value and the time.

use std::time::Duration;

use crate::clock::Moment;

/// How a value may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Use it.
    Fresh,
    /// Use it, and start to replace it without waiting.
    RefreshDue,
    /// Replace it now; use it if that fails or takes long.
    Expired,
    /// Do not use it.
    Unusable,
}

/// The ages at which a value is refreshed early, is expired, and can no longer be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    refresh_after: Duration,
    fresh_for: Duration,
    usable_for: Duration,
}

/// The last part of a value's fresh time, in which it is refreshed early.
const EARLY: f64 = 0.2;
/// How much the start of that part varies, so that many sandboxes do not fetch at once.
const JITTER: f64 = 0.1;

impl Expiry {
    /// Refreshed in the last fifth of `fresh_for`, whose start varies by a tenth of `fresh_for`: `jitter` is a number
    /// from -1 to 1. Usable for `usable_for`, but at least for `fresh_for`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use shared::fetched::{Expiry, random_jitter};
    ///
    /// let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(86_400));
    /// let expiry = Expiry::with_early_refresh(hour, day, random_jitter());
    /// ```
    #[must_use]
    pub fn with_early_refresh(fresh_for: Duration, usable_for: Duration, jitter: f64) -> Self {
        let refresh_after = fresh_for.mul_f64(1.0 - EARLY + JITTER * jitter.clamp(-1.0, 1.0));
        Self { refresh_after, fresh_for, usable_for: usable_for.max(fresh_for) }
    }

    /// Not refreshed before it expires. Fresh for `fresh_for`, but at most for `usable_for`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use shared::fetched::Expiry;
    ///
    /// let expiry = Expiry::exact(Duration::from_secs(60), Duration::from_secs(600));
    /// ```
    #[must_use]
    pub fn exact(fresh_for: Duration, usable_for: Duration) -> Self {
        let fresh_for = fresh_for.min(usable_for);
        Self { refresh_after: fresh_for, fresh_for, usable_for }
    }
}

impl Expiry {
    /// Usable for `usable_for`, and replaced as soon as it is used.
    pub(crate) fn refreshed_at_once(usable_for: Duration) -> Self {
        Self { refresh_after: Duration::ZERO, fresh_for: usable_for, usable_for }
    }
}

/// A fetched value, and when it was fetched.
#[derive(Debug)]
pub struct CachedValue<T> {
    pub(super) value: T,
    /// When the request was sent. The age counts from here and not from the answer, so that the value is never used
    /// longer than the answer's headers allow.
    pub(super) fetched: Moment,
    pub(super) expiry: Expiry,
    /// How many values were fetched before this one.
    pub(super) number: u64,
}

impl<T> CachedValue<T> {
    /// The value itself.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// How long after the request the value is fresh.
    pub(crate) fn fresh_for(&self) -> Duration {
        self.expiry.fresh_for
    }

    /// Grows with each fetched value: shows whether one value is newer than another.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn since_fetched(&self, now: Moment) -> Duration {
        now.since(self.fetched)
    }

    pub(crate) fn age(&self, now: Moment) -> Age {
        let age = self.since_fetched(now);
        if age < self.expiry.refresh_after {
            Age::Fresh
        } else if age < self.expiry.fresh_for {
            Age::RefreshDue
        } else if age < self.expiry.usable_for {
            Age::Expired
        } else {
            Age::Unusable
        }
    }
}
