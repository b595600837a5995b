//! Fetched values by key, such as one per user: a bounded number, with pauses that all of them share.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    backoff::Backoff,
    flight::Source,
    value::{Discipline, FetchedValue},
};
use crate::clock::Clock;

/// The values of one service.
pub struct FetchedValues<K, S: Source> {
    capacity: usize,
    discipline: Discipline,
    clock: Arc<dyn Clock>,
    backoff: Arc<Backoff<S::Error>>,
    entries: Mutex<Entries<K, S>>,
}

struct Entries<K, S: Source> {
    by_key: HashMap<K, FetchedValue<S>>,
    /// The keys of `by_key` in the order in which they came.
    oldest_first: VecDeque<K>,
}

impl<K: Clone + Eq + Hash, S: Source> FetchedValues<K, S> {
    /// At most `capacity` values.
    #[must_use]
    pub fn new(capacity: usize, discipline: Discipline, clock: Arc<dyn Clock>) -> Self {
        let entries = Entries { by_key: HashMap::new(), oldest_first: VecDeque::new() };
        let backoff = Arc::new(Backoff::new(discipline.pauses));
        Self { capacity, discipline, clock, backoff, entries: Mutex::new(entries) }
    }

    /// The value of `key`, whose source is made if it is not there. Makes room by forgetting the oldest, whose
    /// waiting callers keep their fetch.
    pub fn of(&self, key: K, source: impl FnOnce(&K) -> S) -> FetchedValue<S> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = entries.by_key.get(&key) {
            return value.clone();
        }
        while entries.by_key.len() >= self.capacity {
            let Some(oldest) = entries.oldest_first.pop_front() else {
                break;
            };
            entries.by_key.remove(&oldest);
        }
        let (clock, backoff) = (Arc::clone(&self.clock), Arc::clone(&self.backoff));
        let value = FetchedValue::sharing(source(&key), self.discipline, clock, backoff);
        entries.oldest_first.push_back(key.clone());
        entries.by_key.insert(key, value.clone());
        value
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }
}
