//! Counts the work that a token causes before its signature is checked: bytes read and JSON values built. Only with the
//! feature `testing`; in other builds the calls compile to nothing.

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

/// The work of `job`: bytes of tokens read and JSON values built before a signature was checked.
#[cfg(any(test, feature = "testing"))]
#[must_use]
pub fn spent_by(job: impl FnOnce()) -> usize {
    let before = SPENT.get();
    job();
    SPENT.get() - before
}
