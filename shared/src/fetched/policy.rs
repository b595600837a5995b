//! The time limits of a fetch and of the callers that wait for it.

use std::time::Duration;

use super::backoff::Pauses;

/// How long a fetch may take, and how long callers wait for it.
#[derive(Debug, Clone, Copy)]
pub struct FetchPolicy {
    /// How long a fetch may take. More than `max_wait`, so that a slow fetch can still succeed for the next caller.
    pub timeout: Duration,
    /// How long a caller without a usable value waits in total.
    pub max_wait: Duration,
    /// How long a caller with an expired but usable value waits, counted from the start of the fetch.
    pub max_wait_if_expired: Duration,
    /// The pauses after failures.
    pub pauses: Pauses,
}
