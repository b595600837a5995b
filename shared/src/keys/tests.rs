//! Tests of the key cache without a network and without waiting: with a scripted fetcher and a clock that tests set.
//! Numbers in test names are these rules of the cache:
//!
//! | rule | topic |
//! |--:|---|
//! | 1 | requests for a known key do not wait |
//! | 2, 3 | the lifetime of a set; its refresh before it expires |
//! | 4 | one fetch, which all requests share |
//! | 5 | unknown key ids |
//! | 6 | the use of expired keys |
//! | 7, 8 | pauses after failures; documents that are not key sets |
//! | 9 | the prefetch at start |

mod copies;
mod fetching;
mod https;
mod left_out;
mod lifetime;
mod unknown;
mod verifier;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::sync::Semaphore;

use super::*;
use crate::{
    net::{BoxFuture, SendError, ServiceUrl},
    testing::{FixedClock, TestKeys},
    token::TokenError,
};

/// More fetches than any case makes.
const PERMITS: usize = 1_000_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The answer of the scripted endpoint.
#[derive(Clone)]
enum Answer {
    /// A JWK set with the shared test key under each of these ids, and the lifetime in the headers.
    Keys(&'static [&'static str], Option<Duration>),
    Text(&'static str),
    Fails(FetchError),
    Panics,
}

/// A scripted key endpoint. It counts fetches, and keeps them waiting while it is held.
struct Endpoint {
    fetches: AtomicUsize,
    answer: Mutex<Answer>,
    open: Semaphore,
}

impl Endpoint {
    fn answering(answer: Answer) -> Arc<Self> {
        Arc::new(Self {
            fetches: AtomicUsize::new(0),
            answer: Mutex::new(answer),
            open: Semaphore::new(PERMITS),
        })
    }

    fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Fetches hang until the endpoint is released.
    fn hold(&self) {
        let permits = self.open.available_permits();
        assert_eq!(self.open.forget_permits(permits), permits);
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
}

impl Fetch for Endpoint {
    fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            self.open.acquire().await.unwrap().forget();
            let answer = self.answer.lock().unwrap().clone();
            match answer {
                Answer::Keys(kids, lifetime) => Ok(Fetched { body: jwks(kids).into(), lifetime }),
                Answer::Text(text) => Ok(Fetched { body: text.into(), lifetime: None }),
                Answer::Fails(error) => Err(error),
                Answer::Panics => panic!("the fetcher panics"),
            }
        })
    }
}

fn jwks(kids: &[&str]) -> String {
    let keys: Vec<_> = kids
        .iter()
        .map(|kid| {
            let mut jwk = TestKeys::shared().jwk();
            jwk["kid"] = json!(kid);
            jwk
        })
        .collect();
    json!({ "keys": keys }).to_string()
}

struct Bench {
    endpoint: Arc<Endpoint>,
    clock: FixedClock,
    cache: Arc<KeyCache>,
}

fn bench(answer: Answer) -> Bench {
    bench_with(answer, |_| {})
}

fn bench_with(answer: Answer, change: impl FnOnce(&mut CacheSettings)) -> Bench {
    let endpoint = Endpoint::answering(answer);
    let clock = FixedClock::at(1_800_000_000);
    let url = ServiceUrl::parse("https://keys.example.com/jwks").unwrap();
    let mut settings = CacheSettings::id_tokens(url);
    settings.jitter = || 0.0;
    change(&mut settings);
    let cache = KeyCache::new(settings, endpoint.clone(), Arc::new(clock.clone()));
    Bench { endpoint, clock, cache }
}

impl Bench {
    async fn key(&self, kid: &str) -> Result<(), VerifyError> {
        self.cache.key(kid).await.map(|_| ())
    }

    /// Runs all spawned tasks until they wait for something.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

const A: Answer = Answer::Keys(&["a"], Some(HOUR));
const DOWN: Answer = Answer::Fails(FetchError::Send(SendError::Connect));
const UNKNOWN: VerifyError = VerifyError::Token(TokenError::KidUnknown);
const UNAVAILABLE: VerifyError = VerifyError::Unavailable(KeysUnavailable);

#[tokio::test(start_paused = true)]
async fn fetches_once_and_then_uses_the_cached_set() {
    let bench = bench(A);
    for _ in 0..10 {
        assert_eq!(bench.key("a").await, Ok(()));
    }
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_1_requests_for_a_known_key_do_not_wait_for_a_fetch_in_progress() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.hold();
    let cache = bench.cache.clone();
    let waiting = tokio::spawn(async move { cache.key("unknown").await.map(|_| ()) });
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 2);
    assert_eq!(bench.key("a").await, Ok(()));
    assert!(!waiting.is_finished());
    bench.endpoint.release();
    assert_eq!(waiting.await.unwrap(), Err(UNKNOWN));
}

#[tokio::test(start_paused = true)]
async fn counts_fetches_failures_unknown_ids_waits_and_stale_uses() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    let _ = bench.key("b").await;
    let _ = bench.key("c").await;
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(2 * HOUR);
    bench.key("a").await.unwrap();
    let stats = bench.cache.stats();
    assert_eq!(
        (stats.fetches, stats.failures, stats.unknown_kids, stats.waits, stats.stale_uses),
        (3, 1, 2, 3, 1)
    );
}
