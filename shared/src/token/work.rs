//! The cost of a token before its signature is checked: bytes read and JSON values built. Counted in
//! tests only; other builds compile it to nothing.

/// Counts bytes read or values built.
#[inline]
pub(crate) fn spend(units: usize) {
    #[cfg(test)]
    SPENT.with(|spent| spent.set(spent.get() + units));
    #[cfg(not(test))]
    let _ = units;
}

#[cfg(test)]
thread_local! {
    static SPENT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How much `job` spends.
#[cfg(test)]
pub(crate) fn spent_by(job: impl FnOnce()) -> usize {
    let before = SPENT.get();
    job();
    SPENT.get() - before
}
