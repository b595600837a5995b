//! A place for each open connection. When all are taken, the connection that has waited longest for its own client
//! is closed. A connection whose handler runs does not wait for its client, and is never closed for another.

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

use super::seldom::Seldom;

/// Since when a connection waits for its client. The number distinguishes two connections with the same moment.
type Key = (Instant, u64);

/// The places of all connections.
pub(super) struct Places {
    limit: u32,
    free: Arc<Semaphore>,
    /// Dropping the sender asks the connection to leave.
    waiting: Mutex<BTreeMap<Key, oneshot::Sender<()>>>,
    one_more_waits: Notify,
}

/// The place of one connection, given back when dropped.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    key: Option<Key>,
    /// Held here while the connection does not wait for its client; else in the map of those that wait.
    stay: Option<oneshot::Sender<()>>,
    leave: Option<oneshot::Receiver<()>>,
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

    /// A place for the connection with this number; if all are taken, that of the connection that has waited
    /// longest for its client. Waits while every connection runs a handler.
    pub(super) async fn take(self: &Arc<Self>, number: u64, log: &mut Seldom) -> Place {
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
                    "MAX_CONNECTIONS are open: a new one replaces the one that has waited longest \
                    for its client, or waits for a call to end"
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
        let (stay, leave) = oneshot::channel();
        let places = Arc::clone(self);
        Place { places, number, key: None, stay: Some(stay), leave: Some(leave), _permit: permit }
    }

    /// Asks the connection that has waited longest for its client to leave. Returns whether there is one.
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
    /// Notes since when the connection waits for its client; `None` if it does not.
    pub(super) fn waits(&mut self, since: Option<Instant>) {
        let key = since.map(|since| (since, self.number));
        if key == self.key {
            return;
        }
        let mut waiting = self.places.waiting();
        if let Some(old) = self.key.take() {
            // Already removed: the connection has been asked to leave.
            self.stay = waiting.remove(&old);
        }
        if let (Some(key), Some(stay)) = (key, self.stay.take_if(|_| key.is_some())) {
            waiting.insert(key, stay);
            self.places.one_more_waits.notify_one();
        }
        self.key = key;
    }

    /// Ready when the connection has to leave.
    pub(super) fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(leave) = &mut self.leave {
            ready!(leave.poll_unpin(context)).ok();
            self.leave = None; // the request to leave cannot be taken back
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

    async fn has_to_leave(place: &mut Place) -> bool {
        poll_fn(|context| Poll::Ready(place.poll_leave(context).is_ready())).await
    }

    /// Nothing but other tasks is waited for: a thousand turns are plenty.
    async fn until_asked_to_leave(place: &mut Place) {
        for _ in 0..1000 {
            if has_to_leave(place).await {
                return;
            }
            yield_now().await;
        }
        panic!("not asked to leave");
    }

    #[tokio::test]
    async fn whoever_has_waited_longest_for_its_client_makes_room() {
        let places = Places::new(3);
        let mut log = Seldom::default();
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
            async move { places.take(3, &mut Seldom::default()).await }
        });
        until_asked_to_leave(&mut second).await;
        assert!(!taking.is_finished(), "its place is still taken");
        assert!(!has_to_leave(&mut first).await && !has_to_leave(&mut third).await);
        drop(second);
        drop(taking.await.unwrap());
    }

    #[tokio::test]
    async fn a_connection_whose_handler_runs_stays_and_the_new_one_waits() {
        let places = Places::new(1);
        let mut place = places.take(0, &mut Seldom::default()).await;
        let taking = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take(1, &mut Seldom::default()).await }
        });
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(!taking.is_finished() && !has_to_leave(&mut place).await);
        place.waits(Some(Instant::now()));
        until_asked_to_leave(&mut place).await;
        place.waits(None);
        place.waits(Some(Instant::now()));
        assert!(has_to_leave(&mut place).await, "asked once is asked for good");
        drop(place);
        taking.await.unwrap();
    }
}
