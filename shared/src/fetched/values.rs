//! Fetched values by key, such as one per user. Their number is bounded, and a pause applies to all of them.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    backoff::Backoff, policy::FetchPolicy, source::Source, state::State, value::FetchedValue,
};
use crate::clock::Clock;

/// The values of one service.
pub struct FetchedValues<K, S: Source> {
    capacity: usize,
    policy: FetchPolicy,
    clock: Arc<dyn Clock>,
    backoff: Arc<Backoff<S::Error>>,
    entries: Mutex<Entries<K, S>>,
}

struct Entries<K, S: Source> {
    by_key: HashMap<K, FetchedValue<S>>,
    /// The keys of `by_key` in the order of their insertion.
    oldest_first: VecDeque<K>,
}

impl<K: Clone + Eq + Hash, S: Source> FetchedValues<K, S> {
    /// At most `capacity` values, each with its own source.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use shared::{clock::SystemClock, fetched::{FetchPolicy, FetchedValues, Source}};
    /// # async fn f<S: Source>(policy: FetchPolicy, lookup: impl FnOnce(&String) -> S) {
    /// let accounts = FetchedValues::new(1024, policy, Arc::new(SystemClock::new()));
    /// let ada = accounts.of("ada".to_owned(), lookup).get().await;
    /// # }
    /// ```
    #[must_use]
    pub fn new(capacity: usize, policy: FetchPolicy, clock: Arc<dyn Clock>) -> Self {
        let entries = Entries { by_key: HashMap::new(), oldest_first: VecDeque::new() };
        let backoff = Arc::new(Backoff::new(policy.pauses));
        Self { capacity, policy, clock, backoff, entries: Mutex::new(entries) }
    }

    /// The value of `key`. If there is none, it is created with `source`, and the oldest value is dropped if the map
    /// is full. Callers that wait for the dropped value still get it.
    pub fn of(&self, key: K, source: impl FnOnce(&K) -> S) -> FetchedValue<S> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = entries.by_key.get(&key) {
            return value.clone();
        }
        if entries.by_key.len() >= self.capacity
            && let Some(oldest) = entries.oldest_first.pop_front()
        {
            entries.by_key.remove(&oldest);
        }
        let (clock, backoff) = (Arc::clone(&self.clock), Arc::clone(&self.backoff));
        let state = State::new(source(&key), self.policy, clock, backoff);
        let value = FetchedValue(Arc::new(state));
        entries.oldest_first.push_back(key.clone());
        entries.by_key.insert(key, value.clone());
        value
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }
}
