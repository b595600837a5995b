//! What guards ask of their table. Every operation is one request. The table is in DynamoDB, or in memory for tests and
//! local runs.

mod dynamodb;
mod memory;

use std::{collections::BTreeMap, fmt::Debug};

use firebase_callable_aws::AwsError;
use shared::net::BoxFuture;

pub(crate) use self::{dynamodb::DynamoDb, memory::Memory};

/// Milliseconds since 1970.
pub(crate) type Millis = u64;

/// How many counters one item has. Item and number of a counter follow from the time: [`crate::window`].
pub(crate) const COUNTERS: u64 = 128;

/// A table of guards.
pub(crate) trait Store: Debug + Send + Sync + 'static {
    /// Writes `claim`, unless a record that has not ended at `now` is there; then returns that one.
    fn claim<'a>(&'a self, claim: &'a Claim, now: Millis) -> Answer<'a, Option<Record>>;

    /// Writes the result of a call into its claim. Returns false if the claim is no longer there, because it had ended
    /// and another call has taken the key.
    fn finish<'a>(&'a self, claim: &'a Claim, result: Kept<'a>, until: Millis) -> Answer<'a, bool>;

    /// Deletes a claim, if it is still there.
    fn release<'a>(&'a self, claim: &'a Claim) -> Answer<'a, ()>;

    /// Adds `by` to one counter of an item. Returns all counters of the item. The item may be deleted at `until`.
    fn add<'a>(&'a self, key: &'a str, counter: u64, by: i32, until: Millis) -> Answer<'a, Counts>;

    /// The counters of an item.
    fn counts<'a>(&'a self, key: &'a str) -> Answer<'a, Counts>;
}

pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Counters that are not zero, by their numbers.
pub(crate) type Counts = BTreeMap<u64, u32>;

/// The right of one call to run for a key, until a time.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) key: String,
    /// Differs for every claim.
    pub(crate) id: String,
    /// A hash of the call's `data`.
    pub(crate) data: String,
    pub(crate) until: Millis,
}

/// A record that is in the way of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) data: String,
    pub(crate) result: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The call runs.
    Running,
    /// It has finished with this answer.
    Finished(Vec<u8>),
    /// It has finished with an answer that was too large to keep.
    TooLarge,
}

/// What is kept of a result.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept<'a> {
    Answer(&'a [u8]),
    TooLarge,
}

/// Why the table cannot be used, in a sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(
        "it has another key: create a table whose partition key is the string pk, without a sort key"
    )]
    WrongKey,
    #[error(transparent)]
    Aws(AwsError),
    #[error("it did not answer in time")]
    Slow,
}
