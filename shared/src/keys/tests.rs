//! The key cache without a network and without waiting: a scripted fetcher, a clock in the hand.

mod https;

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
    net::{BoxFuture, ServiceUrl},
    testing::{FixedClock, TestKeys},
};

/// More fetches than any case makes.
const PERMITS: usize = 1_000_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What the scripted endpoint answers.
#[derive(Clone)]
enum Answer {
    /// A JWK set of the shared test key under these ids, with a stated lifetime.
    Keys(&'static [&'static str], Option<Duration>),
    Text(&'static str),
    Fails(FetchError),
    Panics,
}

/// A key endpoint in the test. Every fetch is counted, and waits while the endpoint is held.
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
    async fn key(&self, kid: &str) -> Result<(), KeyError> {
        self.cache.key(kid).await.map(|_| ())
    }

    /// Lets tasks that were started beside the test come to rest.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

const A: Answer = Answer::Keys(&["a"], Some(HOUR));
const DOWN: Answer = Answer::Fails(FetchError::Connect);

#[tokio::test(start_paused = true)]
async fn fetches_once_and_then_answers_from_memory() {
    let bench = bench(A);
    for _ in 0..10 {
        assert_eq!(bench.key("a").await, Ok(()));
    }
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_1_readers_of_a_known_key_do_not_wait_for_a_fetch_under_way() {
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
    assert_eq!(waiting.await.unwrap(), Err(KeyError::Unknown));
}

#[tokio::test(start_paused = true)]
async fn rule_2_keeps_a_set_as_long_as_it_says_within_bounds() {
    let cases = [
        (Some(2 * HOUR), 2 * HOUR),
        (None, HOUR),
        (Some(Duration::ZERO), 5 * MINUTE),
        (Some(MINUTE), 5 * MINUTE),
        (Some(48 * HOUR), 24 * HOUR),
        (Some(Duration::MAX), 24 * HOUR),
    ];
    for (stated, fresh_for) in cases {
        let bench = bench(Answer::Keys(&["a"], stated));
        bench.key("a").await.unwrap();
        bench.endpoint.hold(); // so that a refresh ahead does not hide what is asked
        bench.clock.advance(fresh_for - Duration::from_secs(1));
        bench.key("a").await.unwrap();
        assert_eq!(bench.cache.stats().stale_uses, 0, "{stated:?}: still fresh");
        bench.clock.advance(Duration::from_secs(1));
        bench.key("a").await.unwrap_or_else(|error| {
            assert_eq!((error, fresh_for), (KeyError::Unavailable, 24 * HOUR), "{stated:?}");
        });
        if fresh_for < 24 * HOUR {
            assert_eq!(bench.cache.stats().stale_uses, 1, "{stated:?}: expired");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rule_2_a_set_ages_while_the_sandbox_is_frozen_and_when_the_time_of_day_is_set_back() {
    let frozen = bench(A);
    frozen.key("a").await.unwrap();
    frozen.clock.freeze_for(5 * HOUR);
    frozen.key("a").await.unwrap();
    assert_eq!(frozen.endpoint.fetches(), 2, "hours on the wall are hours");

    let set_back = bench(A);
    set_back.key("a").await.unwrap();
    set_back.clock.set_back(1000 * HOUR);
    set_back.key("a").await.unwrap();
    assert_eq!(set_back.endpoint.fetches(), 1, "the past is no age");
    set_back.clock.advance(2 * HOUR);
    set_back.key("a").await.unwrap();
    assert_eq!(set_back.endpoint.fetches(), 2, "no set lives for ever");

    let forward = bench(A);
    forward.key("a").await.unwrap();
    forward.endpoint.now_answers(DOWN);
    forward.clock.freeze_for(1000 * HOUR);
    assert_eq!(forward.key("a").await, Err(KeyError::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn rule_3_the_request_that_notices_refreshes_ahead_and_does_not_wait() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.clock.advance(47 * MINUTE);
    bench.key("a").await.unwrap();
    assert_eq!(bench.endpoint.fetches(), 1, "not in the first four fifths");
    bench.endpoint.hold();
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.clock.advance(2 * MINUTE);
    for _ in 0..5 {
        assert_eq!(bench.key("a").await, Ok(()));
    }
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 2);
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.key("b").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn rule_3_jitter_moves_the_refresh_by_a_tenth_of_the_life() {
    for (jitter, not_yet, now) in
        [((|| -1.0) as fn() -> f64, 41 * MINUTE, 43 * MINUTE), (|| 1.0, 53 * MINUTE, 55 * MINUTE)]
    {
        let bench = bench_with(A, |settings| settings.jitter = jitter);
        bench.key("a").await.unwrap();
        bench.clock.advance(not_yet);
        bench.key("a").await.unwrap();
        bench.settle().await;
        assert_eq!(bench.endpoint.fetches(), 1);
        bench.clock.advance(now - not_yet);
        bench.key("a").await.unwrap();
        bench.settle().await;
        assert_eq!(bench.endpoint.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_thousand_concurrent_misses_make_one_fetch() {
    let bench = bench(A);
    bench.endpoint.hold();
    let waiting: Vec<_> = (0..1000)
        .map(|index| {
            let cache = bench.cache.clone();
            let kid = if index % 2 == 0 { "a" } else { "unknown" };
            tokio::spawn(async move { cache.key(kid).await.map(|_| ()) })
        })
        .collect();
    bench.settle().await;
    bench.endpoint.release();
    for (index, waiting) in waiting.into_iter().enumerate() {
        let expected = if index % 2 == 0 { Ok(()) } else { Err(KeyError::Unknown) };
        assert_eq!(waiting.await.unwrap(), expected);
    }
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_cancelled_caller_does_not_cancel_the_fetch() {
    let bench = bench(A);
    bench.endpoint.hold();
    let cache = bench.cache.clone();
    let first = tokio::spawn(async move { cache.key("a").await.map(|_| ()) });
    bench.settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    bench.endpoint.release();
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_panicking_fetcher_is_a_failure_and_nobody_hangs() {
    let bench = bench(Answer::Panics);
    assert_eq!(bench.key("a").await, Err(KeyError::Unavailable));
    bench.endpoint.now_answers(A);
    bench.clock.advance(2 * MINUTE);
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_caller_has_its_own_deadline() {
    let bench = bench(A);
    bench.endpoint.hold();
    assert_eq!(
        bench.key("a").await,
        Err(KeyError::Unavailable),
        "the paused clock ran its patience out"
    );
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.key("a").await, Ok(()), "the fetch went on");
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_5_ten_thousand_unknown_kids_in_ten_seconds_make_one_fetch() {
    for down in [false, true] {
        let bench = bench(A);
        bench.key("a").await.unwrap();
        if down {
            bench.endpoint.now_answers(DOWN);
        }
        for index in 0..10_000 {
            let _ = bench.key(&format!("kid-{index}")).await;
            bench.clock.advance(Duration::from_millis(1));
        }
        assert_eq!(bench.endpoint.fetches(), 2, "endpoint down: {down}");
        assert_eq!(bench.key("a").await, Ok(()), "known keys still answer");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_5_the_interval_counts_from_the_start_of_the_attempt() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    assert_eq!(bench.key("b").await, Err(KeyError::Unknown));
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.key("b").await, Err(KeyError::Unknown));
    assert_eq!(bench.endpoint.fetches(), 2);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Ok(()), "a rotated key is found");
    assert_eq!(bench.endpoint.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn rule_6_expired_keys_are_used_while_no_newer_set_can_be_had() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(24 * HOUR - Duration::from_secs(1));
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(bench.cache.stats().stale_uses, 1);
    assert_eq!(bench.key("b").await, Err(KeyError::Unavailable), "no verdict from an old set");
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("a").await, Err(KeyError::Unavailable), "a day is the end");
    bench.endpoint.now_answers(A);
    bench.clock.advance(2 * MINUTE);
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_6_zero_switches_the_use_of_expired_keys_off() {
    let bench = bench_with(A, |settings| settings.stale_for = Duration::ZERO);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Err(KeyError::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn rule_6_a_key_that_is_gone_from_the_set_is_gone_at_once() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(Answer::Keys(&["b"], Some(HOUR)));
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Err(KeyError::Unknown));
    assert_eq!(bench.key("b").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_6_an_expired_set_waits_only_shortly_for_a_slow_endpoint() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.hold();
    bench.clock.advance(2 * HOUR);
    let before = tokio::time::Instant::now();
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(before.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_7_pauses_double_up_to_a_minute_and_are_shared() {
    let bench = bench(DOWN);
    let mut fetches = 0;
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        fetches += 1;
        assert_eq!(bench.key("a").await, Err(KeyError::Unavailable));
        assert_eq!(bench.endpoint.fetches(), fetches);
        bench.clock.advance(Duration::from_secs(pause) - Duration::from_millis(1));
        for _ in 0..20 {
            assert_eq!(bench.key("b").await, Err(KeyError::Unavailable));
        }
        bench.cache.prefetch();
        assert_eq!(bench.endpoint.fetches(), fetches, "within {pause} s");
        bench.clock.advance(Duration::from_millis(1));
    }
    bench.endpoint.now_answers(A);
    assert_eq!(bench.key("a").await, Ok(()));
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(30 * HOUR);
    let _ = bench.key("a").await;
    bench.clock.advance(Duration::from_secs(1));
    let before = bench.endpoint.fetches();
    let _ = bench.key("a").await;
    assert_eq!(bench.endpoint.fetches(), before + 1, "a success resets the pause");
}

#[tokio::test(start_paused = true)]
async fn rule_8_what_is_no_key_set_is_a_failed_fetch() {
    for text in ["", "garbage", "<html>", "{}", "[]", r#"{"keys":[]}"#, r#"{"error":{"code":503}}"#]
    {
        let bench = bench(Answer::Text(text));
        assert_eq!(bench.key("a").await, Err(KeyError::Unavailable), "{text}");
        assert_eq!(bench.cache.stats().failures, 1);
    }
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(Answer::Text("garbage"));
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Ok(()), "garbage does not replace a set");
}

#[tokio::test(start_paused = true)]
async fn rule_9_prefetch_begins_at_once_and_waits_for_nothing() {
    let bench = bench(A);
    bench.endpoint.hold();
    bench.cache.prefetch();
    bench.cache.prefetch();
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 1);
    bench.endpoint.release();
    assert_eq!(bench.key("a").await, Ok(()));
    bench.cache.prefetch();
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 1, "the first call found its key on the way");
}

#[tokio::test(start_paused = true)]
async fn rule_9_a_prefetch_that_froze_and_died_is_made_good_by_the_first_call() {
    for recovers in [true, false] {
        let bench = bench(DOWN);
        bench.endpoint.hold();
        bench.cache.prefetch();
        bench.settle().await;
        bench.clock.freeze_for(10 * MINUTE);
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                let cache = bench.cache.clone();
                tokio::spawn(async move { cache.key("a").await.map(|_| ()) })
            })
            .collect();
        bench.settle().await;
        assert_eq!(bench.endpoint.fetches(), 1, "they join the prefetch");
        bench.endpoint.release_one();
        bench.settle().await;
        assert_eq!(bench.endpoint.fetches(), 2, "it failed, and all of them try once more");
        if recovers {
            bench.endpoint.now_answers(A);
        }
        bench.endpoint.release();
        for waiting in waiting {
            let expected = if recovers { Ok(()) } else { Err(KeyError::Unavailable) };
            assert_eq!(waiting.await.unwrap(), expected);
        }
        assert_eq!(bench.endpoint.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_9_a_failed_prefetch_is_not_fatal() {
    let bench = bench(DOWN);
    bench.cache.prefetch();
    bench.settle().await;
    bench.endpoint.now_answers(A);
    bench.clock.advance(2 * Duration::from_secs(1));
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn counts_what_happens() {
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
