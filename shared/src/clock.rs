//! Time, handed in wherever a rule depends on it, so that every rule is tested without waiting.
//! Two clocks, because a frozen Lambda sandbox stops neither of them reliably.

use std::{
    fmt::Debug,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Where the time comes from.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The time of day, which may jump in either direction.
    fn wall(&self) -> SystemTime;

    /// Time since some fixed moment of this process; never goes backwards, but may stand still
    /// while a Lambda sandbox is frozen.
    fn monotonic(&self) -> Duration;

    /// The time of day in whole seconds since 1970, as tokens count it.
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
    /// What `clock` tells now.
    #[must_use]
    pub fn now(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    /// Time since `earlier`, by the clock that says more: while a sandbox is frozen the monotonic
    /// clock may stand still, and the time of day may be set back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}
