//! How long a key set is used: rules 2, 3 and 6 of the key cache.

use super::*;

#[tokio::test(start_paused = true)]
async fn rule_2_uses_a_set_for_the_lifetime_in_its_headers_within_bounds() {
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
        bench.endpoint.hold(); // so that an early refresh does not replace the set
        bench.clock.advance(fresh_for - Duration::from_secs(1));
        bench.key("a").await.unwrap();
        assert_eq!(bench.cache.stats().stale_uses, 0, "{stated:?}: still fresh");
        bench.clock.advance(Duration::from_secs(1));
        bench.key("a").await.unwrap_or_else(|error| {
            assert_eq!((error, fresh_for), (UNAVAILABLE, 24 * HOUR), "{stated:?}");
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
    assert_eq!(frozen.endpoint.fetches(), 2, "the wall clock advanced by five hours");

    let set_back = bench(A);
    set_back.key("a").await.unwrap();
    set_back.clock.set_back(1000 * HOUR);
    set_back.key("a").await.unwrap();
    assert_eq!(set_back.endpoint.fetches(), 1, "a set from the future is not old");
    set_back.clock.advance(2 * HOUR);
    set_back.key("a").await.unwrap();
    assert_eq!(set_back.endpoint.fetches(), 2, "the set expires by the monotonic clock");

    let forward = bench(A);
    forward.key("a").await.unwrap();
    forward.endpoint.now_answers(DOWN);
    forward.clock.freeze_for(1000 * HOUR);
    assert_eq!(forward.key("a").await, Err(UNAVAILABLE));
}

#[tokio::test(start_paused = true)]
async fn rule_3_a_request_in_the_last_fifth_of_the_lifetime_starts_a_refresh_and_does_not_wait() {
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
async fn rule_3_jitter_moves_the_refresh_by_a_tenth_of_the_lifetime() {
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
async fn rule_6_expired_keys_are_used_while_no_newer_set_can_be_fetched() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(24 * HOUR - Duration::from_secs(1));
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(bench.cache.stats().stale_uses, 1);
    assert_eq!(
        bench.key("b").await,
        Err(UNAVAILABLE),
        "an expired set does not make a key unknown"
    );
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("a").await, Err(UNAVAILABLE), "a set is used for a day at most");
    bench.endpoint.now_answers(A);
    bench.clock.advance(2 * MINUTE);
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_6_stale_for_zero_disables_the_use_of_expired_keys() {
    let bench = bench_with(A, |settings| settings.stale_for = Duration::ZERO);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Err(UNAVAILABLE));
}

#[tokio::test(start_paused = true)]
async fn rule_6_a_key_that_a_newer_set_lacks_is_unknown_at_once() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(Answer::Keys(&["b"], Some(HOUR)));
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Err(UNKNOWN));
    assert_eq!(bench.key("b").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_6_a_request_with_an_expired_set_waits_a_second_for_a_slow_endpoint() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.hold();
    bench.clock.advance(2 * HOUR);
    let before = tokio::time::Instant::now();
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(before.elapsed().as_secs(), 1);
}
