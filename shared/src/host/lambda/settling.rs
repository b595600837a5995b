//! Lets key fetches end before the sandbox is frozen. A fetch that no call waits for, such as the one that replaces the
//! keys in the package, would be frozen after the next answer, and broken when it is thawed: the old keys would stay.
//! Lambda freezes a sandbox when it asks for the next event, so the process asks only when its fetches have ended. The
//! caller does not wait, because the answer is sent by then; the price is up to a second of the function's time, once in
//! the lifetime of a key set.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::keys::KeyCache;

/// The longest wait. A fetch that takes longer continues during the next call.
const MOST: Duration = Duration::from_secs(1);

/// The caches whose fetches are waited for.
#[derive(Clone)]
pub(in crate::host) struct Settling(Arc<[Arc<KeyCache>]>);

impl Settling {
    pub(in crate::host) fn of(caches: Vec<Arc<KeyCache>>) -> Self {
        Self(caches.into())
    }

    /// Waits for the fetches that are running, if there are any.
    pub(super) async fn wait(&self) {
        if !self.0.iter().any(|cache| cache.is_fetching()) {
            return;
        }
        let settled = async {
            for cache in self.0.iter() {
                cache.settled().await;
            }
        };
        let _ = timeout(MOST, settled).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;
    use crate::{
        clock::SystemClock,
        keys::{CacheSettings, Fetch, FetchError, Fetched, google_id_token_keys},
        net::{BoxFuture, ServiceUrl},
    };

    /// Fails as soon as it is allowed to.
    struct Held(Arc<Semaphore>);

    impl Fetch for Held {
        fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
            Box::pin(async {
                self.0.acquire().await.unwrap().forget();
                Err(FetchError::Status(503))
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_for_a_running_fetch_and_a_second_at_most() {
        let open = Arc::new(Semaphore::new(0));
        let settings = CacheSettings::id_tokens(google_id_token_keys());
        let fetch = Arc::new(Held(Arc::clone(&open)));
        let cache = KeyCache::new(settings, fetch, Arc::new(SystemClock::new()));
        let settling = Settling::of(vec![Arc::clone(&cache)]);
        let began = tokio::time::Instant::now();
        settling.wait().await;
        assert_eq!(began.elapsed(), Duration::ZERO, "nothing is running");

        cache.prefetch();
        settling.wait().await;
        assert_eq!(began.elapsed(), MOST);

        let waiting = tokio::spawn(async move { settling.wait().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        open.add_permits(1);
        waiting.await.unwrap();
        assert_eq!(began.elapsed(), MOST, "it ends with the fetch");
    }
}
