//! A fetched value and its ages. Pure: every decision is a function of the value and of the time.

use std::time::Duration;

use crate::clock::Moment;

/// How a value of some age may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Use it.
    Fresh,
    /// Use it, and have it replaced in the meantime.
    Ending,
    /// Replace it now; use it if that fails or takes long.
    Expired,
    /// Do not use it.
    Unusable,
}

/// The ages at which a value is replaced ahead of time, is expired, and cannot be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    ends_after: Duration,
    fresh_for: Duration,
    usable_for: Duration,
}

/// The last part of a value's fresh life, in which it is replaced ahead of time.
const REFRESH_AHEAD: f64 = 0.2;
/// By how much that moment varies, so that many sandboxes do not fetch at once.
const JITTER: f64 = 0.1;

impl Ages {
    /// Replaced ahead of time in the last fifth of `fresh_for`, a tenth more or less; `jitter` is a number
    /// from -1 to 1. Usable for `usable_for`, and never less than `fresh_for`.
    #[must_use]
    pub fn ahead(fresh_for: Duration, usable_for: Duration, jitter: f64) -> Self {
        let ends_after = fresh_for.mul_f64(1.0 - REFRESH_AHEAD + JITTER * jitter.clamp(-1.0, 1.0));
        Self { ends_after, fresh_for, usable_for: usable_for.max(fresh_for) }
    }

    /// Not replaced before it expires. Fresh for `fresh_for`, and never longer than `usable_for`.
    #[must_use]
    pub fn exact(fresh_for: Duration, usable_for: Duration) -> Self {
        let fresh_for = fresh_for.min(usable_for);
        Self { ends_after: fresh_for, fresh_for, usable_for }
    }

    /// How long the value is fresh.
    pub(crate) fn fresh_for(&self) -> Duration {
        self.fresh_for
    }
}

/// A value as fetched.
#[derive(Debug)]
pub struct Kept<T> {
    value: T,
    /// When it was asked for. Counted from here, it is never older than the answer's headers say.
    fetched: Moment,
    ages: Ages,
    /// How many values came before it.
    number: u64,
}

impl<T> Kept<T> {
    pub(super) fn new(value: T, fetched: Moment, ages: Ages, number: u64) -> Self {
        Self { value, fetched, ages, number }
    }

    /// The value itself.
    pub fn value(&self) -> &T {
        &self.value
    }

    pub(crate) fn ages(&self) -> Ages {
        self.ages
    }

    /// Grows with each value: tells whether anything was fetched since.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn since_fetched(&self, now: Moment) -> Duration {
        now.since(self.fetched)
    }

    pub(crate) fn age(&self, now: Moment) -> Age {
        let age = self.since_fetched(now);
        if age < self.ages.ends_after {
            Age::Fresh
        } else if age < self.ages.fresh_for {
            Age::Ending
        } else if age < self.ages.usable_for {
            Age::Expired
        } else {
            Age::Unusable
        }
    }
}
