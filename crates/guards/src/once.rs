//! Exactly once: a call with a key runs once per user and function, and its duplicates get its answer.

use std::{
    fmt,
    marker::PhantomData,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::{
    HttpsError,
    callable::{Admission, Guard, GuardedCall, Ticket},
    clock::Clock,
    net::BoxFuture,
};
use tracing::warn;

use crate::{
    IfUnreachable, fingerprint,
    store::{Claim, Kept, Millis, Progress, Record, Store},
    time::{millis, of},
    unreachable::within_patience,
};

/// How long an answer is kept, unless [`Once::keep_for`] says otherwise.
const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 3600);
/// The longest answer that is kept, in bytes. An item of DynamoDB has at most 400 KB.
const MAX_ANSWER: usize = 350 << 10;
/// How long a claim is held if the call's deadline is unknown: the longest time that Lambda gives to a call.
const LONGEST_CALL: Duration = Duration::from_secs(15 * 60);
/// After a call's deadline, its claim is held this much longer, because clocks differ.
const CLOCK_SKEW: Duration = Duration::from_secs(2);
/// When a duplicate of a running call should ask again, in seconds.
const RETRY_AFTER: u64 = 1;

/// A guard by which a call runs once: [`Guards::once`](crate::Guards::once).
pub struct Once<T, F> {
    key: F,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    if_unreachable: IfUnreachable,
    retention: Duration,
    data: PhantomData<fn(T)>,
}

impl<T, F> Once<T, F> {
    pub(crate) fn new(
        key: F,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        if_unreachable: IfUnreachable,
    ) -> Self {
        Self { key, store, clock, if_unreachable, retention: DEFAULT_RETENTION, data: PhantomData }
    }

    /// How long an answer is kept for duplicates. Afterwards, a call with the same key runs again. Default: 24 hours.
    #[must_use]
    pub fn keep_for(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }
}

impl<T, F> fmt::Debug for Once<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("if_unreachable", &self.if_unreachable).finish_non_exhaustive()
    }
}

impl<T, F> Once<T, F>
where
    T: DeserializeOwned,
    F: Fn(&T) -> Option<String>,
{
    /// `None` for a call without a key.
    fn claim(&self, call: &GuardedCall<'_>, now: Millis) -> Result<Option<Claim>, HttpsError> {
        let Some(auth) = call.auth() else {
            let message = "The function must be called while authenticated";
            return Err(HttpsError::unauthenticated(message));
        };
        let Some(key) = (self.key)(&call.data()?) else { return Ok(None) };
        if key.is_empty() {
            return Err(HttpsError::invalid_argument("the key of a call that runs once is empty"));
        }
        let names = ["once", call.function(), auth.tenant().unwrap_or_default(), auth.uid(), &key];
        let deadline = call.invocation().deadline.and_then(since_1970);
        let until = deadline.unwrap_or(now.saturating_add(of(LONGEST_CALL)));
        Ok(Some(Claim {
            key: fingerprint::of_texts(&names),
            id: fingerprint::random(),
            data: fingerprint::of_value(&call.data::<Value>()?),
            until: until.saturating_add(of(CLOCK_SKEW)),
        }))
    }
}

fn since_1970(time: SystemTime) -> Option<Millis> {
    time.duration_since(UNIX_EPOCH).ok().map(of)
}

impl<T, F> Guard for Once<T, F>
where
    T: DeserializeOwned + 'static,
    F: Fn(&T) -> Option<String> + Send + Sync + 'static,
{
    fn admit<'a>(
        &'a self,
        call: &'a GuardedCall<'a>,
    ) -> BoxFuture<'a, Result<Admission, HttpsError>> {
        Box::pin(async {
            let now = millis(&*self.clock);
            let Some(claim) = self.claim(call, now)? else { return Ok(Admission::Run) };
            let held = self.if_unreachable.ask("once", self.store.claim(&claim, now)).await?;
            match held {
                None => Ok(Admission::Run),
                // The SDK repeats a request whose answer was lost: the record is then our own.
                Some(Some(record)) if record.id != claim.id => instead(record, &claim),
                Some(_) => Ok(Admission::RunThen(Box::new(Running {
                    claim,
                    store: Arc::clone(&self.store),
                    clock: Arc::clone(&self.clock),
                    retention: self.retention,
                }))),
            }
        })
    }
}

/// What a duplicate gets.
fn instead(record: Record, claim: &Claim) -> Result<Admission, HttpsError> {
    if record.data != claim.data {
        return Err(HttpsError::invalid_argument(
            "a call with the same key and other data was made before",
        ));
    }
    match record.result {
        Progress::Finished(answer) => Ok(Admission::Answer(answer)),
        Progress::Running => Err(HttpsError::aborted("the same call is still running")
            .with_details(json!({ "retryAfter": RETRY_AFTER }))),
        Progress::TooLarge => Err(HttpsError::failed_precondition(
            "the same call was made before, and its result was too large to be kept",
        )),
    }
}

/// A call that runs. Its claim ends by itself if the ticket is dropped.
struct Running {
    claim: Claim,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    retention: Duration,
}

impl Ticket for Running {
    fn settle<'a>(self: Box<Self>, outcome: Result<&'a [u8], &'a HttpsError>) -> BoxFuture<'a, ()>
    where
        Self: 'a,
    {
        Box::pin(async move {
            let stored = match outcome {
                Ok(answer) => {
                    let kept = match answer.len() {
                        ..=MAX_ANSWER => Kept::Answer(answer),
                        _ => Kept::TooLarge,
                    };
                    let until = millis(&*self.clock).saturating_add(of(self.retention));
                    within_patience(self.store.finish(&self.claim, kept, until)).await
                }
                Err(_) => within_patience(self.store.release(&self.claim)).await.map(|()| true),
            };
            match stored {
                Ok(true) => {}
                Ok(false) => warn!(
                    guard = "once",
                    "a call ended after its deadline, and another one with its key may have run"
                ),
                Err(problem) => warn!(
                    guard = "once",
                    "the answer of a call is not kept, because the table of the guards cannot be used: {problem}"
                ),
            }
        })
    }
}
