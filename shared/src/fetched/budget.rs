//! How long a call may wait for a fetch: always less than the call itself may take, so that time is left to
//! answer with the reason.

use std::{future::Future, time::Duration};

use tokio::{
    task::futures::TaskLocalFuture,
    time::{Instant, timeout},
};

tokio::task_local! {
    /// The deadline of the call that this task is answering.
    static DEADLINE: Instant;
}

/// Does `work` for a call that must be answered by `deadline`: each wait within it ends earlier. Fetches
/// are tasks of their own, which this does not reach.
pub fn until<F: Future>(deadline: Instant, work: F) -> TaskLocalFuture<Instant, F> {
    DEADLINE.scope(deadline, work)
}

/// The same for a single poll of such work.
pub(crate) fn step_until<T>(deadline: Option<Instant>, step: impl FnOnce() -> T) -> T {
    match deadline {
        Some(deadline) => DEADLINE.sync_scope(deadline, step),
        None => step(),
    }
}

/// `most`, or nine tenths of what the call has left if that is less.
#[must_use]
pub fn budget(most: Duration) -> Duration {
    let left = |deadline: &Instant| deadline.saturating_duration_since(Instant::now());
    DEADLINE.try_with(left).map_or(most, |left| most.min(left * 9 / 10))
}

/// The outcome of `work`; `None` if the budget is over first.
pub async fn within<F: Future>(most: Duration, work: F) -> Option<F::Output> {
    timeout(budget(most), work).await.ok()
}
