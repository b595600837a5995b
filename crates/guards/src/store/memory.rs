//! The table in the memory of one process.

use std::{
    collections::HashMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::clock::Clock;

use super::{Answer, Claim, Counts, Kept, Millis, Progress, Record, Store};
use crate::time::millis;

/// At this number of items, those that have ended are deleted.
const SWEEP: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Memory {
    clock: Arc<dyn Clock>,
    items: Mutex<HashMap<String, Item>>,
}

#[derive(Debug, Clone)]
struct Item {
    until: Millis,
    /// Empty for an item of counters.
    record: Option<Record>,
    counts: Counts,
}

impl Memory {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, items: Mutex::default() }
    }

    fn items(&self) -> MutexGuard<'_, HashMap<String, Item>> {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if items.len() >= SWEEP {
            let now = millis(&*self.clock);
            items.retain(|_, item| item.until > now);
        }
        items
    }
}

impl Store for Memory {
    fn claim<'a>(&'a self, claim: &'a Claim, now: Millis) -> Answer<'a, Option<Record>> {
        let mut items = self.items();
        let record = items.get(&claim.key).filter(|item| item.until > now);
        let record = record.and_then(|item| item.record.clone());
        if record.is_none() {
            let (id, data) = (claim.id.clone(), claim.data.clone());
            let record = Some(Record { id, data, result: Progress::Running });
            let item = Item { until: claim.until, record, counts: Counts::new() };
            items.insert(claim.key.clone(), item);
        }
        Box::pin(ready(Ok(record)))
    }

    fn finish<'a>(&'a self, claim: &'a Claim, result: Kept<'a>, until: Millis) -> Answer<'a, bool> {
        let mut items = self.items();
        let own = items.get_mut(&claim.key).filter(|item| is_of(item, claim));
        let finished = own.map(|item| {
            item.until = until;
            if let Some(record) = &mut item.record {
                record.result = match result {
                    Kept::Answer(answer) => Progress::Finished(answer.to_vec()),
                    Kept::TooLarge => Progress::TooLarge,
                };
            }
        });
        Box::pin(ready(Ok(finished.is_some())))
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> Answer<'a, ()> {
        let mut items = self.items();
        if items.get(&claim.key).is_some_and(|item| is_of(item, claim)) {
            items.remove(&claim.key);
        }
        Box::pin(ready(Ok(())))
    }

    fn add<'a>(&'a self, key: &'a str, counter: u64, by: i32, until: Millis) -> Answer<'a, Counts> {
        let mut items = self.items();
        let new = || Item { until, record: None, counts: Counts::new() };
        let item = items.entry(key.to_owned()).or_insert_with(new);
        let count = item.counts.entry(counter).or_default();
        *count = count.saturating_add_signed(by);
        Box::pin(ready(Ok(item.counts.clone())))
    }

    fn counts<'a>(&'a self, key: &'a str) -> Answer<'a, Counts> {
        let counts = self.items().get(key).map(|item| item.counts.clone());
        Box::pin(ready(Ok(counts.unwrap_or_default())))
    }
}

fn is_of(item: &Item, claim: &Claim) -> bool {
    item.record.as_ref().is_some_and(|record| record.id == claim.id)
}
