//! One call while it runs: what can end it early (its deadline, the host's shutdown, a panic), how large its answer may
//! be, and its log record.

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode, request::Parts};
use tokio::time::{Instant, timeout_at};

use super::{
    answer::AnswerFormat, invocation::Invocation, limits::BodyLimit, log::CallRecord,
    shutdown::ShutdownSignal,
};
use crate::{fetched::until, protocol::HttpsError};

pub(super) struct RunningCall {
    pub(super) record: CallRecord,
    /// When the client gets DEADLINE_EXCEEDED; `None` if the platform's deadline is unknown.
    pub(super) deadline: Option<Instant>,
    pub(super) shutdown: Option<ShutdownSignal>,
    pub(super) body_limit: BodyLimit,
    format: AnswerFormat,
}

impl RunningCall {
    /// `head` are the headers of the answer, which count against the host's size limit. The call's deadline is `margin`
    /// before the platform's.
    pub(super) fn new(
        record: CallRecord,
        parts: &Parts,
        format: AnswerFormat,
        head: &HeaderMap,
        margin: Duration,
    ) -> Self {
        let invocation = parts.extensions.get::<Invocation>();
        let budget = invocation.and_then(|it| it.budget(record.clock().wall(), margin));
        Self {
            record,
            deadline: budget.map(|budget| Instant::now() + budget),
            shutdown: invocation.and_then(|it| it.shutdown.clone()),
            body_limit: invocation.map(|it| it.limit).unwrap_or_default().for_body(head),
            format,
        }
    }

    /// Runs `work` until the deadline or the host's shutdown, and turns a panic into INTERNAL. Takes a pinned future:
    /// it is several KB, and every wrapper would otherwise hold a copy.
    pub(super) async fn run<T>(
        &self,
        work: Pin<&mut impl Future<Output = Result<T, HttpsError>>>,
    ) -> Result<T, HttpsError> {
        let work = until_deadline(self.deadline, AssertUnwindSafe(work).catch_unwind());
        let Some(shutdown) = &self.shutdown else {
            return work.await;
        };
        tokio::select! {
            biased;
            outcome = work => outcome,
            () = shutdown.clone().wait() => Err(shutting_down()),
        }
    }

    /// Encodes the outcome and writes the call's log record.
    pub(super) fn finish<B: From<Bytes>>(
        &mut self,
        outcome: Result<Vec<u8>, HttpsError>,
    ) -> (StatusCode, B) {
        let answer = self.format.encode(outcome, &self.body_limit);
        self.record.finish(answer.error.as_ref());
        (answer.status, answer.body.into())
    }
}

async fn until_deadline<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = std::thread::Result<Result<T, HttpsError>>>,
) -> Result<T, HttpsError> {
    let outcome = match deadline {
        None => work.await,
        Some(deadline) => match timeout_at(deadline, until(deadline, work)).await {
            Ok(outcome) => outcome,
            Err(_) => return Err(deadline_exceeded()),
        },
    };
    outcome.unwrap_or_else(|_| Err(panicked()))
}

/// P19, DIFFERENCE: at its deadline, the reference is killed without an answer.
pub(super) fn deadline_exceeded() -> HttpsError {
    HttpsError::deadline_exceeded("Deadline Exceeded")
}

/// DIFFERENCE: the reference's connections are cut when its process ends.
pub(super) fn shutting_down() -> HttpsError {
    HttpsError::unavailable("Unavailable")
}

/// The author's function, or a closure in an option, panicked. The client sees INTERNAL.
pub(super) fn panicked() -> HttpsError {
    HttpsError::from_source("panicked")
}
