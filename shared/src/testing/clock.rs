//! A clock that only moves when it is told to.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::clock::Clock;

/// Both clocks of a process, in the hand of a test. Clones share the time.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<(SystemTime, Duration)>>);

impl FixedClock {
    /// A clock at this time of day, in seconds since 1970.
    #[must_use]
    pub fn at(unix_seconds: u64) -> Self {
        let wall = UNIX_EPOCH + Duration::from_secs(unix_seconds);
        Self(Arc::new(Mutex::new((wall, Duration::from_secs(1)))))
    }

    /// Time goes by, on both clocks.
    pub fn advance(&self, by: Duration) {
        self.change(|(wall, monotonic)| {
            *wall += by;
            *monotonic += by;
        });
    }

    /// Only the time of day goes on, as while a sandbox is frozen.
    pub fn freeze_for(&self, by: Duration) {
        self.change(|(wall, _)| *wall += by);
    }

    /// The time of day is set back.
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
