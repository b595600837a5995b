//! The facts about a call that only its host has: ids, deadline, size limit of the answer. A host puts an `Invocation`
//! into the extensions of the HTTP request.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use super::{limits::HostLimit, shutdown::ShutdownSignal};

/// Lambda's longest timeout is 15 minutes; a deadline much later is a mistake of a local simulator.
const MAX_REMAINING: Duration = Duration::from_secs(3600);

/// One invocation as its host describes it. Of the public fields, the plain HTTP host sets only deadline and address; as a
/// Lambda Web Function also the request's id.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Invocation {
    /// Lambda's request id, as in its own log lines.
    pub request_id: Option<String>,
    /// X-Ray's id of the trace to which the call belongs, if there is one.
    pub trace_id: Option<String>,
    /// When the platform ends the call.
    pub deadline: Option<SystemTime>,
    /// The address of the client, as the front or the connection itself shows it; a client cannot choose it. Behind a
    /// further proxy or a content delivery network it is that server's address. `None` if the front does not say.
    pub client_ip: Option<IpAddr>,
    /// The size limit of an answer.
    pub(crate) limit: HostLimit,
    /// Set by a host that can shut down while calls run.
    pub(crate) shutdown: Option<ShutdownSignal>,
}

impl Invocation {
    /// An invocation with these values. A deadline that has passed or is more than an hour away counts as unknown: local
    /// simulators send such deadlines.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use shared::Invocation;
    ///
    /// let now = SystemTime::now();
    /// let invocation = Invocation::new(Some("request-1".into()), Some(now + Duration::from_secs(3)), now);
    /// assert_eq!(invocation.remaining(now), Some(Duration::from_secs(3)));
    /// ```
    #[must_use]
    pub fn new(request_id: Option<String>, deadline: Option<SystemTime>, now: SystemTime) -> Self {
        let plausible = |left: Duration| !left.is_zero() && left <= MAX_REMAINING;
        let deadline = deadline.filter(|it| it.duration_since(now).is_ok_and(plausible));
        Self { request_id, deadline, ..Self::default() }
    }

    /// How long after `now` the platform ends the call; `None` if the deadline is unknown.
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.duration_since(now).unwrap_or_default())
    }

    /// How long the pipeline may take: the remaining time minus `margin`, so that the answer can still be sent. At least
    /// half of the remaining time, for functions with a timeout of less than a second.
    pub(super) fn budget(&self, now: SystemTime, margin: Duration) -> Option<Duration> {
        self.remaining(now).map(|left| left.saturating_sub(margin).max(left / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn budget(left_ms: u64, margin_ms: u64) -> Option<Duration> {
        Invocation::new(None, Some(NOW + Duration::from_millis(left_ms)), NOW)
            .budget(NOW, Duration::from_millis(margin_ms))
    }

    #[test]
    fn the_budget_leaves_the_margin_and_is_at_least_half_of_the_time() {
        assert_eq!(budget(10_000, 500), Some(Duration::from_millis(9_500)));
        assert_eq!(budget(600, 500), Some(Duration::from_millis(300)));
        assert_eq!(budget(1, 500), Some(Duration::from_micros(500)));
    }

    #[test]
    fn a_deadline_that_has_passed_or_is_over_an_hour_away_counts_as_unknown() {
        assert_eq!(budget(0, 500), None);
        assert_eq!(budget(3_600_001, 500), None);
        assert!(budget(3_600_000, 500).is_some());
        let later = NOW + Duration::from_secs(60);
        assert_eq!(Invocation::new(None, Some(NOW), later).deadline, None);
    }
}
