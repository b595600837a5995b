//! Times in the table: milliseconds since 1970.

use std::time::{Duration, UNIX_EPOCH};

use shared::clock::Clock;

use crate::store::Millis;

pub(crate) fn millis(clock: &dyn Clock) -> Millis {
    of(clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(crate) fn of(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
