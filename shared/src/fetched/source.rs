//! What a kind of fetched value implements: how it is fetched, and what a fetch reports.

use std::{future::Future, sync::Arc, time::Duration};

use super::age::{CachedValue, Expiry};

/// Where a value comes from.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use shared::{
///     clock::SystemClock,
///     fetched::{CachedValue, Expiry, FetchPolicy, FetchedValue, Pauses, Source, random_jitter},
/// };
///
/// struct Rate;
///
/// impl Source for Rate {
///     type Value = f64;
///     type Error = std::num::ParseFloatError;
///
///     async fn fetch(&self, _: Option<Arc<CachedValue<f64>>>) -> Result<(f64, Expiry), Self::Error> {
///         let rate = "1.25".parse()?; // in reality a request
///         Ok((rate, Expiry::exact(Duration::from_secs(60), Duration::from_secs(600))))
///     }
/// }
///
/// let seconds = Duration::from_secs;
/// let policy = FetchPolicy {
///     timeout: seconds(6),
///     max_wait: seconds(3),
///     max_wait_if_expired: seconds(1),
///     pauses: Pauses { free: 0, first: seconds(1), longest: seconds(60), jitter: random_jitter },
/// };
/// let rate = FetchedValue::new(Rate, policy, Arc::new(SystemClock::new()));
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// assert_eq!(*rate.get().await.unwrap().value(), 1.25);
/// # });
/// ```
pub trait Source: Sized + Send + Sync + 'static {
    /// The type of the value.
    type Value: Send + Sync + 'static;
    /// Why it could not be fetched.
    type Error: Clone + Send + Sync + 'static;

    /// Fetches once. `last` is the last fetched value, of whatever age.
    fn fetch(
        &self,
        last: Option<Arc<CachedValue<Self::Value>>>,
    ) -> impl Future<Output = Result<(Self::Value, Expiry), Self::Error>> + Send;

    /// Whether other requests to the same service would most likely fail, too. If so, a pause follows.
    fn is_outage(&self, _: &Self::Error) -> bool {
        true
    }

    /// Called when a fetch has ended, so that the source can log it.
    fn finished(&self, _: Report<'_, Self>) {}
}

/// How a fetch ended.
pub struct Report<'a, S: Source> {
    /// The new value, or why there is none.
    pub outcome: Result<&'a CachedValue<S::Value>, &'a FetchFailure<S::Error>>,
    /// How long the fetch took.
    pub took: Duration,
    /// The length of the pause that follows.
    pub retry_in: Duration,
    /// After a failure, the age of the old value if it is still used.
    pub usable: Option<Duration>,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure<E> {
    /// The source returned this error.
    #[error("{0}")]
    Failed(E),
    /// The fetch took longer than its timeout.
    #[error("timed out")]
    TimedOut,
    /// The fetch panicked, or its runtime was shut down.
    #[error("interrupted")]
    Interrupted,
    /// The fetch is still running, and this caller cannot wait any longer.
    #[error("still being fetched")]
    Pending,
}
