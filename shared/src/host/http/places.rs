//! The limit on open connections. Each connection occupies one place. When all are taken, a new connection replaces the
//! one that has waited longest for its client. A connection whose handler runs does not wait for its client, and is
//! never replaced.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use futures_util::FutureExt;
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot},
    time::Instant,
};
use tracing::warn;

use super::log_throttle::LogThrottle;

/// Since when a connection waits for its client. The connection's number distinguishes two that began at the same time.
type Key = (Instant, u64);

/// The places of all connections.
pub(super) struct Places {
    limit: u32,
    free: Arc<Semaphore>,
    /// The connections that wait for their clients, longest first. Dropping the sender asks the connection to close.
    waiting: Mutex<BTreeMap<Key, oneshot::Sender<()>>>,
    one_more_waits: Notify,
}

/// The place of one connection, given back when dropped.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    key: Option<Key>,
    /// Moved to `Places::waiting` while the connection waits for its client.
    keep_open: Option<oneshot::Sender<()>>,
    close: Option<oneshot::Receiver<()>>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        let limit = u32::try_from(limit.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Arc::new(Self {
            limit,
            free: Arc::new(Semaphore::new(limit as usize)),
            waiting: Mutex::default(),
            one_more_waits: Notify::new(),
        })
    }

    /// Takes a place for the connection with this number. If none is free, asks the connection that has waited longest
    /// for its client to close, and waits for its place. Waits longer while every connection runs a handler.
    pub(super) async fn take(self: &Arc<Self>, number: u64, log: &mut LogThrottle) -> Place {
        loop {
            let free = Arc::clone(&self.free);
            if let Ok(permit) = Arc::clone(&free).try_acquire_owned() {
                return self.place(number, permit);
            }
            let evicted = self.evict_one();
            if let Some(left_out) = log.due() {
                warn!(
                    limit = self.limit,
                    evicted,
                    left_out,
                    "MAX_CONNECTIONS are open: a new connection replaces the one that has waited longest for its \
                     client; if none waits, the new one waits for a call to end"
                );
            }
            tokio::select! {
                biased;
                permit = free.acquire_owned() => {
                    // The semaphore is never closed.
                    if let Ok(permit) = permit {
                        return self.place(number, permit);
                    }
                }
                () = self.one_more_waits.notified(), if !evicted => {}
            }
        }
    }

    fn place(self: &Arc<Self>, number: u64, permit: OwnedSemaphorePermit) -> Place {
        let (keep_open, close) = oneshot::channel();
        let places = Arc::clone(self);
        Place {
            places,
            number,
            key: None,
            keep_open: Some(keep_open),
            close: Some(close),
            _permit: permit,
        }
    }

    /// Asks the connection that has waited longest for its client to close. False if none waits.
    pub(super) fn evict_one(&self) -> bool {
        self.waiting().pop_first().is_some()
    }

    /// Waits until no connection is left.
    pub(super) async fn all_free(&self) {
        let _ = self.free.acquire_many(self.limit).await;
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Records since when the connection waits for its client; `None` if it does not.
    pub(super) fn waits(&mut self, since: Option<Instant>) {
        let key = since.map(|since| (since, self.number));
        if key == self.key {
            return;
        }
        let mut waiting = self.places.waiting();
        if let Some(old) = self.key.take() {
            // `None` if the connection has been asked to close.
            self.keep_open = waiting.remove(&old);
        }
        if let (Some(key), Some(keep_open)) = (key, self.keep_open.take_if(|_| key.is_some())) {
            waiting.insert(key, keep_open);
            self.places.one_more_waits.notify_one();
        }
        self.key = key;
    }

    /// Ready when the connection has to close.
    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(close) = &mut self.close {
            ready!(close.poll_unpin(context)).ok();
            self.close = None; // a request to close is final
        }
        Poll::Ready(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waits(None);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use tokio::task::yield_now;

    use super::*;

    async fn has_to_close(place: &mut Place) -> bool {
        poll_fn(|context| Poll::Ready(place.poll_close(context).is_ready())).await
    }

    /// Yields until the other tasks have run, for which a thousand yields are more than enough.
    async fn until_asked_to_close(place: &mut Place) {
        for _ in 0..1000 {
            if has_to_close(place).await {
                return;
            }
            yield_now().await;
        }
        panic!("not asked to close");
    }

    #[tokio::test]
    async fn the_connection_that_has_waited_longest_for_its_client_is_replaced() {
        let places = Places::new(3);
        let mut log = LogThrottle::default();
        let start = Instant::now();
        let at = |seconds| Some(start + Duration::from_secs(seconds));
        let mut first = places.take(0, &mut log).await;
        let mut second = places.take(1, &mut log).await;
        let mut third = places.take(2, &mut log).await;
        first.waits(at(3));
        second.waits(at(1));
        third.waits(at(2));
        first.waits(None); // its handler runs
        first.waits(at(4)); // and it waits again

        let taking = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take(3, &mut LogThrottle::default()).await }
        });
        until_asked_to_close(&mut second).await;
        assert!(!taking.is_finished(), "its place is still taken");
        assert!(!has_to_close(&mut first).await && !has_to_close(&mut third).await);
        drop(second);
        drop(taking.await.unwrap());
    }

    #[tokio::test]
    async fn a_connection_whose_handler_runs_is_not_replaced_and_the_new_one_waits() {
        let places = Places::new(1);
        let mut place = places.take(0, &mut LogThrottle::default()).await;
        let taking = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take(1, &mut LogThrottle::default()).await }
        });
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(!taking.is_finished() && !has_to_close(&mut place).await);
        place.waits(Some(Instant::now()));
        until_asked_to_close(&mut place).await;
        place.waits(None);
        place.waits(Some(Instant::now()));
        assert!(has_to_close(&mut place).await, "a request to close is final");
        drop(place);
        taking.await.unwrap();
    }
}
