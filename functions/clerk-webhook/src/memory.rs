//! What this process remembers: which deliveries are done, and which users were reported as not banned. This saves
//! requests to Google, and keeps a late event from undoing a newer one. Processes do not share their memory; facts that
//! must not be lost are stored in the accounts.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// How many deliveries and how many users are remembered; the oldest are forgotten.
const REMEMBERED: usize = 1000;

#[derive(Default)]
pub(crate) struct Memory(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    deliveries: VecDeque<String>,
    /// Users, each with the latest known time at which they were not banned, in milliseconds since 1970.
    lifted: VecDeque<(String, i64)>,
}

impl Memory {
    /// Whether the delivery with this id is done.
    pub(crate) fn is_done(&self, id: &str) -> bool {
        self.with(|memory| memory.deliveries.iter().any(|done| done == id))
    }

    /// Remembers that the delivery with this id is done.
    pub(crate) fn done(&self, id: &str) {
        self.with(|memory| push(&mut memory.deliveries, id.to_owned()));
    }

    /// The latest known time at which the user was not banned.
    pub(crate) fn lifted(&self, user: &str) -> Option<i64> {
        let of = |(name, at): &(String, i64)| (name == user).then_some(*at);
        self.with(|memory| memory.lifted.iter().filter_map(of).max())
    }

    /// Remembers that the user was not banned at `at`.
    pub(crate) fn lift(&self, user: &str, at: i64) {
        self.with(|memory| {
            let known = memory.lifted.iter().position(|(name, _)| name == user);
            let known = known.and_then(|index| memory.lifted.remove(index));
            let at = known.map_or(at, |(_, earlier)| earlier.max(at));
            push(&mut memory.lifted, (user.to_owned(), at));
        });
    }

    fn with<T>(&self, access: impl FnOnce(&mut Remembered) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_newest_thousand() {
        let memory = Memory::default();
        for number in 0..=REMEMBERED {
            memory.done(&format!("msg_{number}"));
            memory.lift(&format!("user_{number}"), 5);
        }
        assert!(!memory.is_done("msg_0") && memory.is_done("msg_1"));
        assert_eq!((memory.lifted("user_0"), memory.lifted("user_1")), (None, Some(5)));
        for number in 0..REMEMBERED {
            memory.lift("user_1", 5 + i64::try_from(number).unwrap());
        }
        assert_eq!(memory.lifted("user_2"), Some(5), "each user is stored once");
    }

    #[test]
    fn an_older_event_does_not_move_the_time_of_a_newer_one_back() {
        let memory = Memory::default();
        memory.lift("user_ada", 7);
        memory.lift("user_ada", 3);
        assert_eq!(memory.lifted("user_ada"), Some(7));
    }
}
