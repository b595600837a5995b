//! The task that fetches. It belongs to no caller: if the caller that started it is cancelled, the others still get
//! the value.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use super::{
    age::Expiry,
    backoff::Attempt,
    in_flight::{InFlight, Progress},
    source::{FetchFailure, Report, Source},
    state::State,
};
use crate::clock::Moment;

/// One fetch. It counts as failed if it is dropped before its end, by a panic or the end of the runtime.
pub(super) struct FetchTask<S: Source> {
    state: Arc<State<S>>,
    /// `None` after the end.
    attempt: Option<Attempt>,
    began: Moment,
    progress: Arc<Progress<S>>,
    /// Dropped with the task. This closes the channel, which wakes the callers that wait.
    _end: watch::Sender<()>,
}

impl<S: Source> FetchTask<S> {
    /// A fetch that is not running yet, and its [`InFlight`] for the callers that wait.
    pub(super) fn new(
        state: Arc<State<S>>,
        attempt: Attempt,
        began: Moment,
    ) -> (Self, InFlight<S>) {
        let (in_flight, progress, end) = InFlight::new();
        (Self { state, attempt: Some(attempt), began, progress, _end: end }, in_flight)
    }

    pub(super) async fn run(mut self) {
        let fetch = self.state.source.fetch(self.state.current());
        let outcome = match timeout(self.state.policy.timeout, fetch).await {
            Ok(fetched) => fetched.map_err(FetchFailure::Failed),
            Err(_) => Err(FetchFailure::TimedOut),
        };
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Result<(S::Value, Expiry), FetchFailure<S::Error>>) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        let state = &self.state;
        let now = state.now();
        let took = now.since(self.began);
        let (outcome, retry_in, usable) = match outcome {
            // The age counts from when the request was sent, not from when the answer came.
            Ok((value, expiry)) => {
                (Ok(state.store(value, self.began, expiry)), Duration::ZERO, None)
            }
            Err(error) => {
                let is_outage = match &error {
                    FetchFailure::Failed(error) => state.source.is_outage(error),
                    _ => true,
                };
                let counts = || is_outage && self.progress.is_needed.load(Ordering::Relaxed);
                let retry_in = state.fail(attempt, now, &error, counts);
                (Err(error), retry_in, state.usable_age(now))
            }
        };
        state.source.finished(Report { outcome: outcome.as_deref(), took, retry_in, usable });
        let _ = self.progress.outcome.set(outcome);
    }
}

impl<S: Source> Drop for FetchTask<S> {
    fn drop(&mut self) {
        self.finish(Err(FetchFailure::Interrupted));
    }
}
