//! The cost of a token before its signature is checked: bytes read and JSON values built. Counted
//! with the feature `testing` only; other builds compile it to nothing.

/// Counts bytes read or values built.
#[inline]
pub(crate) fn spend(units: usize) {
    #[cfg(any(test, feature = "testing"))]
    SPENT.with(|spent| spent.set(spent.get() + units));
    #[cfg(not(any(test, feature = "testing")))]
    let _ = units;
}

#[cfg(any(test, feature = "testing"))]
thread_local! {
    static SPENT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How much of a token `job` reads before the signature is checked: bytes read and JSON values built.
#[cfg(any(test, feature = "testing"))]
#[must_use]
pub fn spent_by(job: impl FnOnce()) -> usize {
    let before = SPENT.get();
    job();
    SPENT.get() - before
}
