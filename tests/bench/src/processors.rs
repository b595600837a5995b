//! On which processors simulator and function run.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// On which processors both run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Both on the same one.
    Bound,
    /// Each on any.
    Free,
}

impl Way {
    pub(crate) const BOTH: [Self; 2] = [Self::Bound, Self::Free];

    /// What the names of its figures end with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Bound => "",
            Self::Free => ", free",
        }
    }

    /// Applies to threads and processes that are started from now on, until the value is dropped.
    pub(crate) fn begin(self) -> Begun {
        let all = sched_getaffinity(None).unwrap();
        if self == Self::Bound {
            let first = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)).unwrap();
            let mut one = CpuSet::new();
            one.set(first);
            sched_setaffinity(None, &one).unwrap();
        }
        Begun(all)
    }
}

/// The processors that were allowed before.
pub(crate) struct Begun(CpuSet);

impl Drop for Begun {
    fn drop(&mut self) {
        sched_setaffinity(None, &self.0).unwrap();
    }
}
