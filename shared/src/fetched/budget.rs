//! How long a caller may wait: never as long as the caller's own caller does, so that there is time left to
//! say what was missing.

use std::{future::Future, time::Duration};

use tokio::{
    task::futures::TaskLocalFuture,
    time::{Instant, timeout},
};

tokio::task_local! {
    /// When the call that this task is busy with must be answered.
    static DEADLINE: Instant;
}

/// Does `work` for a call that must be answered by `deadline`: whatever is waited for in it is given up
/// earlier. Fetches are tasks of their own, which this does not reach.
pub(crate) fn until<F: Future>(deadline: Instant, work: F) -> TaskLocalFuture<Instant, F> {
    DEADLINE.scope(deadline, work)
}

/// The same for one step of such work, where it is polled by hand.
pub(crate) fn step_until<T>(deadline: Option<Instant>, step: impl FnOnce() -> T) -> T {
    match deadline {
        Some(deadline) => DEADLINE.sync_scope(deadline, step),
        None => step(),
    }
}

/// `most`, or nine tenths of what the call has left if that is less.
pub(crate) fn budget(most: Duration) -> Duration {
    let left = |deadline: &Instant| deadline.saturating_duration_since(Instant::now());
    DEADLINE.try_with(left).map_or(most, |left| most.min(left * 9 / 10))
}

/// The outcome of `work`; `None` if the budget is over first.
pub(crate) async fn within<F: Future>(most: Duration, work: F) -> Option<F::Output> {
    timeout(budget(most), work).await.ok()
}
