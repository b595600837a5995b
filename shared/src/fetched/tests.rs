//! Fetched values without a network and without real waiting: the tests control the service and the clock.

mod callers;
mod failures;
mod freshness;
mod keyed;
mod model;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinHandle};

use super::*;
use crate::testing::FixedClock;

/// More fetches than any case makes.
const PERMITS: usize = 1_000_000;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How the service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Value(u32),
    Fails,
    /// A failure of this request only.
    Refuses,
    Panics,
}

/// A mock service. It counts fetches, and delays them while it is held.
struct Service {
    fetches: AtomicUsize,
    running: AtomicUsize,
    most_running: AtomicUsize,
    answer: Mutex<Answer>,
    open: Semaphore,
}

impl Service {
    fn answering(answer: Answer) -> Arc<Self> {
        Arc::new(Self {
            fetches: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most_running: AtomicUsize::new(0),
            answer: Mutex::new(answer),
            open: Semaphore::new(PERMITS),
        })
    }

    fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Delays fetches until the service is released.
    fn hold(&self) {
        self.open.forget_permits(PERMITS);
    }

    fn release_one(&self) {
        self.open.add_permits(1);
    }

    fn release(&self) {
        self.open.add_permits(PERMITS);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn ask(&self) -> Result<u32, &'static str> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        let _running = Running(&self.running);
        self.open.acquire().await.unwrap().forget();
        let answer = *self.answer.lock().unwrap();
        match answer {
            Answer::Value(value) => Ok(value),
            Answer::Fails => Err("down"),
            Answer::Refuses => Err("refused"),
            // Does not call the panic hook, which would print a message.
            Answer::Panics => std::panic::resume_unwind(Box::new("the service panics")),
        }
    }
}

struct Running<'s>(&'s AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A number from the service, fresh for 100 seconds and usable for 1000.
struct Number(Arc<Service>);

const FRESH_FOR: Duration = seconds(100);
const USABLE_FOR: Duration = seconds(1000);

impl Source for Number {
    type Value = u32;
    type Error = &'static str;

    async fn fetch(&self, _: Option<Arc<CachedValue<u32>>>) -> Result<(u32, Expiry), &'static str> {
        Ok((self.0.ask().await?, Expiry::with_early_refresh(FRESH_FOR, USABLE_FOR, 0.0)))
    }

    fn is_outage(&self, error: &&'static str) -> bool {
        *error != "refused"
    }
}

const POLICY: FetchPolicy = FetchPolicy {
    timeout: seconds(6),
    max_wait: seconds(3),
    max_wait_if_expired: seconds(1),
    pauses: Pauses { free: 0, first: seconds(1), longest: seconds(60), jitter: || 0.0 },
};

type Got = Result<u32, FetchFailure<&'static str>>;

struct Bench {
    service: Arc<Service>,
    clock: FixedClock,
    value: FetchedValue<Number>,
}

fn bench(answer: Answer) -> Bench {
    bench_with(answer, POLICY)
}

fn bench_with(answer: Answer, policy: FetchPolicy) -> Bench {
    let service = Service::answering(answer);
    let clock = FixedClock::at(1_800_000_000);
    let value = FetchedValue::new(Number(service.clone()), policy, Arc::new(clock.clone()));
    Bench { service, clock, value }
}

impl Bench {
    async fn get(&self) -> Got {
        self.value.get().await.map(|cached| *cached.value())
    }

    fn callers(&self, count: usize) -> Vec<JoinHandle<Got>> {
        let caller = |_| {
            let value = self.value.clone();
            tokio::spawn(async move { value.get().await.map(|cached| *cached.value()) })
        };
        (0..count).map(caller).collect()
    }
}

/// Lets other tasks run until they wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// The results of all callers.
async fn all(callers: Vec<JoinHandle<Got>>) -> Vec<Got> {
    let mut got = Vec::new();
    for caller in callers {
        got.push(caller.await.unwrap());
    }
    got
}
