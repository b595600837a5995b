//! A clock that moves only when a test moves it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::clock::Clock;

/// A [`Clock`] that a test moves: the time of day and the monotonic time. Clones share both.
///
/// ```
/// use std::time::Duration;
/// use shared::{clock::Clock, testing::FixedClock};
///
/// let clock = FixedClock::at(1_800_000_000);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.unix_seconds(), 1_800_000_060);
/// ```
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<(SystemTime, Duration)>>);

impl FixedClock {
    /// A clock that shows this time of day, in seconds since 1970.
    #[must_use]
    pub fn at(unix_seconds: u64) -> Self {
        let wall = UNIX_EPOCH + Duration::from_secs(unix_seconds);
        Self(Arc::new(Mutex::new((wall, Duration::from_secs(1)))))
    }

    /// Moves both times forward.
    pub fn advance(&self, by: Duration) {
        self.change(|(wall, monotonic)| {
            *wall += by;
            *monotonic += by;
        });
    }

    /// Moves only the time of day forward, as happens while Lambda has frozen a process.
    pub fn freeze_for(&self, by: Duration) {
        self.change(|(wall, _)| *wall += by);
    }

    /// Sets the time of day back.
    pub fn set_back(&self, by: Duration) {
        self.change(|(wall, _)| *wall -= by);
    }

    fn change<T>(&self, change: impl FnOnce(&mut (SystemTime, Duration)) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for FixedClock {
    fn wall(&self) -> SystemTime {
        self.change(|(wall, _)| *wall)
    }

    fn monotonic(&self) -> Duration {
        self.change(|(_, monotonic)| *monotonic)
    }
}
