//! Pauses after failures, shared by all callers of one service. They grow only as long as callers have an older value to
//! use: callers who are refused for want of one must not be refused for a minute after the service is back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::source::FetchFailure;
use crate::clock::Moment;

/// How long no request is sent after a failure.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// This many failures in a row cause no pause, because they may be accidental.
    pub free: u32,
    /// The first pause; each further failure doubles it. Callers without a usable value wait no longer than this.
    pub first: Duration,
    /// The longest pause, while there is a usable value.
    pub longest: Duration,
    /// Returns a number from -1 to 1, which varies a pause by up to a tenth.
    pub jitter: fn() -> f64,
}

impl Pauses {
    fn after(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free + 1) else {
            return Duration::ZERO;
        };
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let pause = self.first.saturating_mul(factor).min(self.longest);
        pause.mul_f64(1.0 + 0.1 * (self.jitter)().clamp(-1.0, 1.0))
    }
}

/// The recent failures of one service, and the pause after them.
#[derive(Debug)]
pub struct Backoff<E> {
    pauses: Pauses,
    state: Mutex<State<E>>,
}

#[derive(Debug)]
struct State<E> {
    /// Failures in a row.
    failures: u32,
    /// Grows with each counted failure. The failure of an attempt that began in an earlier episode does not count.
    episode: u64,
    pause: Option<Pause<E>>,
}

#[derive(Debug)]
struct Pause<E> {
    since: Moment,
    length: Duration,
    /// For callers without a usable value.
    length_without_value: Duration,
    /// Returned to callers during the pause.
    error: FetchFailure<E>,
}

/// A permit to send one request, with the episode in which it was issued.
#[derive(Debug)]
pub struct Attempt(u64);

impl<E: Clone> Backoff<E> {
    /// A backoff without failures.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use shared::{
    ///     clock::{Moment, SystemClock},
    ///     fetched::{Backoff, FetchFailure, Pauses, random_jitter},
    /// };
    ///
    /// let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    /// let backoff = Backoff::new(Pauses { free: 0, first: second, longest: minute, jitter: random_jitter });
    /// let now = Moment::now(&SystemClock::new());
    /// let attempt = backoff.begin_without_value(now).unwrap();
    /// backoff.failed(attempt, now, FetchFailure::Failed("503"));
    /// assert_eq!(backoff.begin_without_value(now).unwrap_err(), FetchFailure::Failed("503"));
    /// ```
    #[must_use]
    pub fn new(pauses: Pauses) -> Self {
        let state = State { failures: 0, episode: 0, pause: None };
        Self { pauses, state: Mutex::new(state) }
    }

    /// A permit to send a request, for a caller that has an older value to use.
    ///
    /// # Errors
    /// During a pause, the last failure.
    pub(super) fn begin(&self, now: Moment) -> Result<Attempt, FetchFailure<E>> {
        let state = self.state();
        match &state.pause {
            Some(pause) if now.since(pause.since) < pause.length => Err(pause.error.clone()),
            _ => Ok(Attempt(state.episode)),
        }
    }

    /// A permit to send a request, for a caller that has no older value to use: a pause is over after
    /// [`first`](Pauses::first), however long it has become.
    ///
    /// # Errors
    /// During a pause, the last failure.
    pub fn begin_without_value(&self, now: Moment) -> Result<Attempt, FetchFailure<E>> {
        let state = self.state();
        match &state.pause {
            Some(pause) if now.since(pause.since) < pause.length_without_value => {
                Err(pause.error.clone())
            }
            _ => Ok(Attempt(state.episode)),
        }
    }

    /// Counts the failure of an attempt, and returns the pause that follows. Of concurrent attempts, only one failure
    /// counts: one interruption that hits twenty calls is not twenty outages.
    pub fn failed(&self, attempt: Attempt, now: Moment, error: FetchFailure<E>) -> Duration {
        let mut state = self.state();
        if attempt.0 != state.episode {
            return state.pause.as_ref().map_or(Duration::ZERO, |pause| pause.length);
        }
        state.failures = state.failures.saturating_add(1);
        state.episode = state.episode.wrapping_add(1);
        let length = self.pauses.after(state.failures);
        let of_first = self.pauses.after(state.failures.min(self.pauses.free + 1));
        let length_without_value = length.min(of_first);
        let pause = Pause { since: now, length, length_without_value, error };
        state.pause = (!length.is_zero()).then_some(pause);
        length
    }

    /// Must be called when the service has answered: resets the count of failures, and ends the pause.
    pub fn succeeded(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.pause = None;
    }

    /// Ends the pause if it follows the first failure.
    pub(super) fn forgive_first(&self) -> bool {
        let mut state = self.state();
        let first = state.failures == 1;
        if first {
            state.pause = None;
        }
        first
    }

    fn state(&self) -> MutexGuard<'_, State<E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
