//! How long Google's services may take, and how long they are not asked after failures.

use std::time::Duration;

use shared::fetched::{FetchPolicy, Pauses, random_jitter};

/// Connecting and reading, all in all.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// After how many failures a Google service is not asked for a while, and for how long. The first two cause no
/// pause: they may be chance, and callers are refused in each pause.
pub(crate) const PAUSES: Pauses = Pauses {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(10),
    jitter: random_jitter,
};

/// How long callers wait for Google. The budget covers two requests, since federation needs two for a token.
pub(crate) const FETCH_POLICY: FetchPolicy = FetchPolicy {
    timeout: Duration::from_secs(6),
    max_wait: TIMEOUT,
    max_wait_if_expired: Duration::from_secs(1),
    pauses: PAUSES,
};
