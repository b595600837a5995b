//! When a call ends that has not answered: at its deadline, with its host, or by a panic.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use http::request::Parts;
use tokio::time::{Instant, timeout_at};

use super::{ending::HostEnding, invocation::Invocation};
use crate::{fetched::until, protocol::HttpsError};

/// When the answer must be on its way, `margin` before the platform's deadline; `None` where nobody ends the call.
pub(super) fn deadline(parts: &Parts, now: SystemTime, margin: Duration) -> Option<Instant> {
    let invocation = parts.extensions.get::<Invocation>()?;
    Some(Instant::now() + invocation.budget(now, margin)?)
}

pub(super) fn host_ending(parts: &Parts) -> Option<HostEnding> {
    parts.extensions.get::<Invocation>()?.host_ending.clone()
}

/// Runs `work` until the deadline or the host's end, and turns a panic into INTERNAL. Takes a pinned future: it is
/// several KB, and every wrapper would otherwise hold a copy.
pub(super) async fn with_deadline<T>(
    deadline: Option<Instant>,
    ending: Option<HostEnding>,
    work: Pin<&mut impl Future<Output = Result<T, HttpsError>>>,
) -> Result<T, HttpsError> {
    let guarded = AssertUnwindSafe(work).catch_unwind();
    let Some(ending) = ending else {
        return until_deadline(deadline, guarded).await;
    };
    tokio::select! {
        biased;
        outcome = until_deadline(deadline, guarded) => outcome,
        // DIFFERENCE: the reference's connections are cut.
        () = ending.wait() => Err(HttpsError::unavailable("Unavailable")),
    }
}

async fn until_deadline<T>(
    deadline: Option<Instant>,
    guarded: impl Future<Output = std::thread::Result<Result<T, HttpsError>>>,
) -> Result<T, HttpsError> {
    let outcome = match deadline {
        None => guarded.await,
        Some(deadline) => match timeout_at(deadline, until(deadline, guarded)).await {
            Ok(outcome) => outcome,
            // P19, DIFFERENCE: the reference is killed mid-air.
            Err(_) => return Err(HttpsError::deadline_exceeded("Deadline Exceeded")),
        },
    };
    outcome.unwrap_or_else(|_| Err(HttpsError::from_source("panicked")))
}
