//! The guards on a table in memory, through the whole engine. `tests/it/guard_table.rs` has the same on DynamoDB.

mod limits;
mod model;
mod once;
mod replay;
mod table_down;

use std::sync::Arc;

use shared::testing::{FixedClock, NOW};

use crate::Guards;

fn clock() -> FixedClock {
    FixedClock::at(NOW.unsigned_abs())
}

fn in_memory(clock: &FixedClock) -> Guards {
    Guards::in_memory(Arc::new(clock.clone()))
}
