//! The time, passed to every rule that depends on it, so that rules are tested without waiting. Two clocks, because
//! neither is reliable while a Lambda sandbox is frozen: the monotonic one may stop, and the time of day may be set
//! back.

use std::{
    fmt::Debug,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Where the time comes from.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The time of day, which may jump in either direction.
    fn wall(&self) -> SystemTime;

    /// The time since a fixed moment in this process. It never goes backwards, but may stop while a Lambda sandbox is
    /// frozen.
    fn monotonic(&self) -> Duration;

    /// The time of day in whole seconds since 1970, as in tokens.
    fn unix_seconds(&self) -> i64 {
        let since = self.wall().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }
}

/// The clocks of the machine.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting monotonic time now.
    ///
    /// ```
    /// use shared::clock::{Clock, SystemClock};
    ///
    /// assert!(SystemClock::new().unix_seconds() > 1_700_000_000);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    wall: SystemTime,
    monotonic: Duration,
}

impl Moment {
    /// The current time of `clock`.
    ///
    /// ```
    /// use shared::clock::{Moment, SystemClock};
    ///
    /// let clock = SystemClock::new();
    /// let before = Moment::now(&clock);
    /// let took = Moment::now(&clock).since(before);
    /// ```
    #[must_use]
    pub fn now(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    /// The time since `earlier`, by the clock that shows more: while a sandbox is frozen the monotonic clock may
    /// stop, and the time of day may be set back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}
