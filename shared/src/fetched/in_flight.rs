//! A running fetch, as the callers that wait for it see it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    age::CachedValue,
    source::{FetchFailure, Source},
};

/// The result of a fetch.
pub(super) type Outcome<S> =
    Result<Arc<CachedValue<<S as Source>::Value>>, FetchFailure<<S as Source>::Error>>;

/// The state that a fetch shares with the callers that wait for it.
pub(super) struct Progress<S: Source> {
    began: Instant,
    pub(super) outcome: OnceLock<Outcome<S>>,
    /// Whether a caller needs the value. A prefetch starts without one.
    pub(super) is_needed: AtomicBool,
}

/// A running fetch.
pub(super) struct InFlight<S: Source> {
    progress: Arc<Progress<S>>,
    /// Closed when the fetch ends. Transmits no value, so that the channel is compiled once for all kinds of values.
    end: watch::Receiver<()>,
}

impl<S: Source> Clone for InFlight<S> {
    fn clone(&self) -> Self {
        Self { progress: Arc::clone(&self.progress), end: self.end.clone() }
    }
}

impl<S: Source> InFlight<S> {
    /// A fetch that starts now and ends when the sender is dropped.
    pub(super) fn new() -> (Self, Arc<Progress<S>>, watch::Sender<()>) {
        let (sender, end) = watch::channel(());
        let progress = Arc::new(Progress {
            began: Instant::now(),
            outcome: OnceLock::new(),
            is_needed: AtomicBool::default(),
        });
        (Self { progress: Arc::clone(&progress), end }, progress, sender)
    }

    pub(super) fn began(&self) -> Instant {
        self.progress.began
    }

    pub(super) fn needed_if(&self, is_needed: bool) {
        self.progress.is_needed.fetch_or(is_needed, Ordering::Relaxed);
    }

    /// The result of the fetch, or [`FetchFailure::Pending`] if it has not ended by `deadline`.
    pub(super) async fn outcome(self, deadline: Instant) -> Outcome<S> {
        if ends_by(self.end, deadline).await {
            self.progress.outcome.get().cloned().unwrap_or(Err(FetchFailure::Interrupted))
        } else {
            Err(FetchFailure::Pending)
        }
    }

    /// Resolves when the fetch has ended, with or without a value.
    pub(super) async fn end(mut self) {
        let _ = self.end.changed().await;
    }
}

/// Separate from [`InFlight::outcome`], because it is compiled once for all kinds of values.
async fn ends_by(mut end: watch::Receiver<()>, deadline: Instant) -> bool {
    timeout_at(deadline, end.changed()).await.is_ok()
}
