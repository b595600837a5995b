//! What a token costs before its signature is checked, counted in tests: bytes looked at and JSON values
//! built. In other builds counting is nothing.

/// So much was looked at or built.
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

/// What `job` spends.
#[cfg(test)]
pub(crate) fn spent_by(job: impl FnOnce()) -> usize {
    let before = SPENT.get();
    job();
    SPENT.get() - before
}
