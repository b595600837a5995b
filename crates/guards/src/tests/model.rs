//! Random schedules of calls, in which requests to the table are lost, answered twice or never, checked against trivial
//! models: what holds a key and until when, and a list of the admitted calls.

mod limits;
mod once;

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
};

use firebase_callable_aws::AwsError;
use proptest::prelude::*;

use crate::store::{Answer, Claim, Counts, Kept, Memory, Millis, Record, Store, StoreError};

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// The first answer is lost, and the SDK sends the request again.
    Repeated,
    /// The table does what it is asked, but its answer is lost.
    Lost,
    /// The same, and nothing says that the answer is lost.
    Silent,
    /// The request is lost.
    Unreached,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::Repeated),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Silent),
        1 => Just(Fate::Unreached),
    ]
}

impl Fate {
    fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::Repeated)
    }

    fn is_done(self) -> bool {
        self != Self::Unreached
    }
}

/// A table in memory. Its requests have these fates, in this order; further ones are answered.
#[derive(Debug)]
struct Lossy {
    table: Arc<Memory>,
    fates: Arc<Mutex<VecDeque<Fate>>>,
}

impl Lossy {
    fn request<'a, T: Send + 'a>(&self, mut ask: impl FnMut() -> Answer<'a, T>) -> Answer<'a, T> {
        // `Memory` does what it is asked at once, before its answer is awaited.
        match self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Answered) {
            Fate::Answered => ask(),
            Fate::Repeated => {
                drop(ask());
                ask()
            }
            Fate::Lost => {
                drop(ask());
                lost()
            }
            Fate::Silent => {
                drop(ask());
                Box::pin(pending())
            }
            Fate::Unreached => lost(),
        }
    }
}

fn lost<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(StoreError::Aws(AwsError::Missing)) })
}

impl Store for Lossy {
    fn claim<'a>(&'a self, claim: &'a Claim, now: Millis) -> Answer<'a, Option<Record>> {
        self.request(|| self.table.claim(claim, now))
    }

    fn finish<'a>(&'a self, claim: &'a Claim, result: Kept<'a>, until: Millis) -> Answer<'a, bool> {
        self.request(|| self.table.finish(claim, result, until))
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> Answer<'a, ()> {
        self.request(|| self.table.release(claim))
    }

    fn add<'a>(&'a self, key: &'a str, counter: u64, by: i32, until: Millis) -> Answer<'a, Counts> {
        // Requests that take a call back are not repeated: the client of the table is told so.
        let mut is_sent = false;
        self.request(|| match by < 0 && std::mem::replace(&mut is_sent, true) {
            true => self.table.counts(key),
            false => self.table.add(key, counter, by, until),
        })
    }

    fn counts<'a>(&'a self, key: &'a str) -> Answer<'a, Counts> {
        self.request(|| self.table.counts(key))
    }
}

/// Runs `future` while tokio's clock jumps to the next timer whenever nothing else can be done.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}
