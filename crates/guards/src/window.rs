//! The time window of a limit, in slots. Without I/O.
//!
//! A period is divided into [`SLOTS`] slots, each with a counter. A call counts in the current slot; the window is that
//! slot and the `SLOTS` before it, so it is a period long at least, and an eighth of a period more at most. The counters
//! are in items of [`COUNTERS`] each: the window is mostly in one item, and otherwise also in the one before it.

use std::time::Duration;

use crate::{
    store::{COUNTERS, Counts, Millis},
    time::of,
};

/// How many slots a period has.
const SLOTS: u64 = 8;

/// The window at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The length of a slot.
    slot_ms: Millis,
    /// The number of the current slot since 1970.
    slot: u64,
    now: Millis,
}

impl Window {
    pub(crate) fn at(now: Millis, period: Duration) -> Self {
        let slot_ms = (of(period) / SLOTS).max(1);
        Self { slot_ms, slot: now / slot_ms, now }
    }

    /// The number of the item with the current counter.
    pub(crate) fn item(self) -> u64 {
        self.slot / COUNTERS
    }

    /// The number of the current counter in its item.
    pub(crate) fn counter(self) -> u64 {
        self.slot % COUNTERS
    }

    /// The number of the item before it, if the window begins there.
    pub(crate) fn item_before(self) -> Option<u64> {
        if self.counter() < SLOTS { self.item().checked_sub(1) } else { None }
    }

    /// When the counters of the current item are no longer part of any window.
    pub(crate) fn end_of_item(self) -> Millis {
        let last = self.item().saturating_add(1).saturating_mul(COUNTERS);
        last.saturating_add(SLOTS).saturating_mul(self.slot_ms)
    }

    /// How many calls are in the window, by slot.
    fn calls<'c>(
        self,
        counts: &'c Counts,
        before: &'c Counts,
    ) -> impl Iterator<Item = (u64, u64)> + 'c {
        let first = self.slot.saturating_sub(SLOTS);
        (first..=self.slot).map(move |slot| {
            let counts = if slot / COUNTERS == self.item() { counts } else { before };
            (slot, counts.get(&(slot % COUNTERS)).copied().unwrap_or_default().into())
        })
    }

    /// How many calls are in the window.
    pub(crate) fn sum(self, counts: &Counts, before: &Counts) -> u64 {
        self.calls(counts, before).map(|(_, count)| count).sum()
    }

    /// In how many seconds fewer than `most` of these calls are in the window: when one more is admitted. At least 1.
    pub(crate) fn retry_after(self, most: u32, counts: &Counts, before: &Counts) -> u64 {
        let mut left = self.sum(counts, before);
        let end = self.calls(counts, before).find_map(|(slot, count)| {
            left = left.saturating_sub(count);
            // The slot leaves the window when the last of the next SLOTS ends.
            (left < most.into()).then(|| (slot + SLOTS + 1).saturating_mul(self.slot_ms))
        });
        end.unwrap_or(self.now).saturating_sub(self.now).div_ceil(1000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_window_has_the_current_slot_and_the_eight_before_it() {
        // A slot of a minute has 7.5 s.
        let window = Window::at(7_500 * 1000, MINUTE);
        assert_eq!((window.item(), window.counter(), window.item_before()), (7, 104, None));
        let counts = Counts::from([(95, 100), (96, 1), (104, 2), (105, 100)]);
        assert_eq!(window.sum(&counts, &Counts::new()), 3);
    }

    #[test]
    fn at_the_start_of_an_item_the_window_begins_in_the_one_before() {
        let window = Window::at(7_500 * COUNTERS, MINUTE);
        assert_eq!((window.item(), window.counter(), window.item_before()), (1, 0, Some(0)));
        let before = Counts::from([(119, 100), (120, 1), (127, 2)]);
        assert_eq!(window.sum(&Counts::from([(0, 4)]), &before), 7);
        assert_eq!(Window::at(7_500 * (COUNTERS + 8), MINUTE).item_before(), None);
    }

    #[test]
    fn a_refused_caller_waits_until_enough_calls_have_left_the_window() {
        let window = Window::at(7_500 * 1000, MINUTE);
        let all_now = Counts::from([(104, 60)]);
        assert_eq!(window.retry_after(60, &all_now, &Counts::new()), 68); // 9 slots
        let oldest = Counts::from([(96, 1), (104, 59)]);
        assert_eq!(window.retry_after(60, &oldest, &Counts::new()), 8);
        assert_eq!(window.retry_after(0, &Counts::new(), &Counts::new()), 1);
    }

    proptest! {
        /// The counters are enough to reproduce the window of a plain list of times.
        #[test]
        fn no_call_within_a_period_is_missed(
            times in proptest::collection::vec(0_u64..2_000_000, 1..200),
        ) {
            let mut times = times;
            times.sort_unstable();
            let mut items: std::collections::BTreeMap<u64, Counts> = Default::default();
            for (index, &now) in times.iter().enumerate() {
                let window = Window::at(now, MINUTE);
                *items.entry(window.item()).or_default().entry(window.counter()).or_default() += 1;
                let none = Counts::new();
                let before = window.item_before().and_then(|item| items.get(&item)).unwrap_or(&none);
                let sum = window.sum(&items[&window.item()], before);
                let within = |age: u64| times[..=index].iter().filter(|&&at| now - at < age).count();
                prop_assert!(sum >= within(60_000) as u64, "{sum} at {now}");
                prop_assert!(sum <= within(67_500) as u64, "{sum} at {now}");
            }
        }
    }
}
