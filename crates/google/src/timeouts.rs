//! Time limits for requests to Google's services, and the pauses after failed ones.

use std::time::Duration;

use shared::fetched::{FetchPolicy, Pauses, random_jitter};

/// The limit for one request, from connecting to the last byte of the response.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// The pauses in which no request is sent, after several failures in a row. The first two failures cause no pause: they
/// may be accidental, and every call during a pause fails.
pub(crate) const PAUSES: Pauses = Pauses {
    free: 2,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(10),
    jitter: random_jitter,
};

/// How long callers wait for Google. `timeout` covers two requests, because federation needs two for a token.
pub(crate) const FETCH_POLICY: FetchPolicy = FetchPolicy {
    timeout: Duration::from_secs(6),
    max_wait: TIMEOUT,
    max_wait_if_expired: Duration::from_secs(1),
    pauses: PAUSES,
};
