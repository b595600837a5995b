//! Limits log lines that any client can cause, to one of each kind per second. Each line gives the number of lines left
//! out before it.

use std::time::Duration;

use tokio::time::Instant;

const PAUSE: Duration = Duration::from_secs(1);

/// The throttle of one kind of log line.
#[derive(Debug, Default)]
pub(super) struct LogThrottle {
    last: Option<Instant>,
    left_out: u64,
}

impl LogThrottle {
    /// The number of lines left out since the previous one, if a line may be logged now; otherwise `None`.
    pub(super) fn due(&mut self) -> Option<u64> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < PAUSE) {
            self.left_out += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn allows_one_line_per_second_and_counts_the_others() {
        let mut kind = LogThrottle::default();
        assert_eq!(kind.due(), Some(0));
        for _ in 0..295 {
            assert_eq!(kind.due(), None);
        }
        advance(PAUSE - Duration::from_millis(1)).await;
        assert_eq!(kind.due(), None);
        advance(Duration::from_millis(1)).await;
        assert_eq!(kind.due(), Some(296));
        assert_eq!(kind.due(), None);
        advance(PAUSE).await;
        assert_eq!(kind.due(), Some(1));
    }
}
