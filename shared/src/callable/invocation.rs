//! The circumstances of a call that only its host knows: its ids and its deadline.
//! A host puts an `Invocation` into the extensions of the HTTP request.

use std::time::{Duration, SystemTime};

use super::{limits::HostLimit, shutdown::ShutdownSignal};

/// Lambda's longest timeout is 15 minutes; a deadline much further away is a simulator's mistake.
const FURTHEST_DEADLINE: Duration = Duration::from_secs(3600);

/// One invocation as its host describes it. The plain HTTP host knows the deadline only.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Invocation {
    /// Lambda's request id, as in its own log lines.
    pub request_id: Option<String>,
    /// X-Ray's id of the trace that the call is part of, where there is one.
    pub trace_id: Option<String>,
    /// When the platform ends the call.
    pub deadline: Option<SystemTime>,
    /// How large an answer the front accepts.
    pub(crate) limit: HostLimit,
    /// Set by a host that can end before its calls do, on a signal.
    pub(crate) shutdown: Option<ShutdownSignal>,
}

impl Invocation {
    /// An invocation as a host knows it. A deadline that has passed, or lies more than an hour
    /// ahead, counts as unknown: local simulators send such ones.
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
        let plausible = |left: Duration| !left.is_zero() && left <= FURTHEST_DEADLINE;
        let deadline = deadline.filter(|it| it.duration_since(now).is_ok_and(plausible));
        Self { request_id, deadline, ..Self::default() }
    }

    /// How long until the platform ends the call, seen from `now`; `None` if nobody knows.
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.duration_since(now).unwrap_or_default())
    }

    /// How long the pipeline may take so that its answer still gets out. A margin larger than the
    /// time itself (a function with a timeout of under a second) leaves half of the time.
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
    fn leaves_the_margin_and_half_of_the_time_at_least() {
        assert_eq!(budget(10_000, 500), Some(Duration::from_millis(9_500)));
        assert_eq!(budget(600, 500), Some(Duration::from_millis(300)));
        assert_eq!(budget(1, 500), Some(Duration::from_micros(500)));
    }

    #[test]
    fn takes_a_past_or_absurd_deadline_for_unknown() {
        assert_eq!(budget(0, 500), None);
        assert_eq!(budget(3_600_001, 500), None);
        assert!(budget(3_600_000, 500).is_some());
        let later = NOW + Duration::from_secs(60);
        assert_eq!(Invocation::new(None, Some(NOW), later).deadline, None);
    }
}
