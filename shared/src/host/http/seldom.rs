//! Log lines that strangers can cause: at most one of each kind per second, with the number of lines
//! left out.

use std::time::Duration;

use tokio::time::Instant;

const PAUSE: Duration = Duration::from_secs(1);

/// One kind of log line.
#[derive(Debug, Default)]
pub(super) struct Seldom {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    /// Whether a line is due now; if so, how many were left out since the one before.
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
    async fn says_one_line_a_second_and_counts_the_others() {
        let mut kind = Seldom::default();
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
