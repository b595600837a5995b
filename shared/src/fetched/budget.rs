//! How long a call may wait for a fetch: always less than the time until the call's own deadline, so that time is
//! left to answer with an error.

use std::{future::Future, time::Duration};

use tokio::{
    task::futures::TaskLocalFuture,
    time::{Instant, timeout},
};

tokio::task_local! {
    /// The deadline of the call that this task is answering.
    static DEADLINE: Instant;
}

/// Runs `work` for a call that must be answered by `deadline`: each wait for a fetch in it ends earlier. Fetches run in
/// their own tasks, which the deadline does not affect.
pub fn until<F: Future>(deadline: Instant, work: F) -> TaskLocalFuture<Instant, F> {
    DEADLINE.scope(deadline, work)
}

/// Like [`until`], for a single synchronous step such as one poll of a stream.
pub(crate) fn step_until<T>(deadline: Option<Instant>, step: impl FnOnce() -> T) -> T {
    match deadline {
        Some(deadline) => DEADLINE.sync_scope(deadline, step),
        None => step(),
    }
}

/// `most`, or nine tenths of the time until the call's deadline if that is less.
#[must_use]
pub fn budget(most: Duration) -> Duration {
    let left = |deadline: &Instant| deadline.saturating_duration_since(Instant::now());
    DEADLINE.try_with(left).map_or(most, |left| most.min(left * 9 / 10))
}

/// The result of `work`, or `None` if it takes longer than `budget(most)`.
pub async fn within<F: Future>(most: Duration, work: F) -> Option<F::Output> {
    timeout(budget(most), work).await.ok()
}
