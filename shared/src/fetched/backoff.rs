//! Pauses after failures, shared by all who would ask the same service.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::flight::Trouble;
use crate::clock::Moment;

/// How long a service is not asked after a failure.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// This many failures in a row cause no pause, since they may be chance.
    pub free: u32,
    /// The first pause; each further failure doubles it.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// Varies pauses by a tenth: a number from -1 to 1 per call.
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

/// Remembers failures of one service.
#[derive(Debug)]
pub struct Backoff<E> {
    pauses: Pauses,
    state: Mutex<State<E>>,
}

#[derive(Debug)]
struct State<E> {
    /// Failures in a row.
    failures: u32,
    /// Grows with each failure that counted.
    episode: u64,
    pause: Option<Pause<E>>,
}

#[derive(Debug)]
struct Pause<E> {
    since: Moment,
    length: Duration,
    /// The error for callers who come in the pause.
    trouble: Trouble<E>,
}

/// A permit to ask once.
#[derive(Debug)]
pub struct Attempt(u64);

impl<E: Clone> Backoff<E> {
    /// No failure yet.
    #[must_use]
    pub fn new(pauses: Pauses) -> Self {
        let state = State { failures: 0, episode: 0, pause: None };
        Self { pauses, state: Mutex::new(state) }
    }

    /// A permit to ask.
    ///
    /// # Errors
    /// In a pause, the last failure.
    pub fn begin(&self, now: Moment) -> Result<Attempt, Trouble<E>> {
        let state = self.state();
        match &state.pause {
            Some(pause) if now.since(pause.since) < pause.length => Err(pause.trouble.clone()),
            _ => Ok(Attempt(state.episode)),
        }
    }

    /// The attempt failed; returns the pause that follows. Of attempts under way at the same time, only one
    /// failure counts: twenty calls that meet the same interruption are not twenty outages.
    pub fn failed(&self, attempt: Attempt, now: Moment, trouble: Trouble<E>) -> Duration {
        let mut state = self.state();
        if attempt.0 != state.episode {
            return state.pause.as_ref().map_or(Duration::ZERO, |pause| pause.length);
        }
        state.failures = state.failures.saturating_add(1);
        state.episode = state.episode.wrapping_add(1);
        let length = self.pauses.after(state.failures);
        state.pause = (!length.is_zero()).then_some(Pause { since: now, length, trouble });
        length
    }

    /// The service answered: failures are counted from zero again.
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
