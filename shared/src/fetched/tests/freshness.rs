//! Which value is used at which age, by both clocks.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_value_is_fetched_when_it_is_needed_and_cached_while_it_is_fresh() {
    let bench = bench(Answer::Value(1));
    assert_eq!(bench.service.fetches(), 0);
    for _ in 0..10 {
        assert_eq!(bench.get().await, Ok(1));
    }
    bench.clock.advance(seconds(79));
    assert_eq!(bench.get().await, Ok(1));
    settle().await;
    assert_eq!(bench.service.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_last_fifth_of_its_fresh_time_a_value_is_refreshed_and_no_caller_waits() {
    let bench = bench(Answer::Value(1));
    bench.get().await.unwrap();
    bench.service.hold();
    bench.service.now_answers(Answer::Value(2));
    bench.clock.advance(seconds(80));
    let before = tokio::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(bench.get().await, Ok(1));
        settle().await;
    }
    assert_eq!((bench.service.fetches(), before.elapsed()), (2, Duration::ZERO));
    bench.service.release();
    settle().await;
    assert_eq!((bench.get().await, bench.service.fetches()), (Ok(2), 2));
}

#[tokio::test(start_paused = true)]
async fn an_expired_value_is_used_only_if_no_newer_one_arrives_shortly() {
    let bench = bench(Answer::Value(1));
    bench.get().await.unwrap();
    bench.service.now_answers(Answer::Value(2));
    bench.clock.advance(FRESH_FOR);
    assert_eq!(bench.get().await, Ok(2), "the newer value arrives at once");

    bench.service.hold();
    bench.service.now_answers(Answer::Value(3));
    bench.clock.advance(USABLE_FOR - seconds(1));
    let before = tokio::time::Instant::now();
    for got in all(bench.callers(10)).await {
        assert_eq!(got, Ok(2));
    }
    assert_eq!(before.elapsed().as_secs(), 1, "the fetch delays them for a second");
    assert_eq!(bench.get().await, Ok(2));
    assert_eq!(before.elapsed().as_secs(), 1, "later callers do not wait");
    assert_eq!(bench.service.fetches(), 3);

    bench.clock.advance(seconds(1));
    let caller = bench.callers(1);
    settle().await;
    bench.service.release();
    assert_eq!(
        all(caller).await,
        [Ok(3)],
        "the old value is unusable, so the caller waits for the new one"
    );
    assert_eq!(bench.service.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_value_ages_by_the_clock_that_shows_more_time() {
    let frozen = bench(Answer::Value(1));
    frozen.get().await.unwrap();
    frozen.service.now_answers(Answer::Fails);
    frozen.clock.freeze_for(USABLE_FOR);
    assert_eq!(
        frozen.get().await,
        Err(FetchFailure::Failed("down")),
        "only the wall clock has advanced"
    );

    let set_back = bench(Answer::Value(1));
    set_back.get().await.unwrap();
    set_back.clock.set_back(seconds(1_000_000));
    assert_eq!((set_back.get().await, set_back.service.fetches()), (Ok(1), 1));
    set_back.service.now_answers(Answer::Fails);
    set_back.clock.advance(USABLE_FOR);
    assert_eq!(
        set_back.get().await,
        Err(FetchFailure::Failed("down")),
        "the monotonic clock still ends its use"
    );
}

#[tokio::test(start_paused = true)]
async fn the_age_of_a_value_counts_from_its_request() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    let callers = bench.callers(1);
    settle().await;
    bench.clock.advance(FRESH_FOR);
    bench.service.release();
    assert_eq!(all(callers).await, [Ok(1)]);
    bench.get().await.unwrap();
    assert_eq!(bench.service.fetches(), 2, "the value was expired on arrival");
}

#[test]
fn a_value_changes_its_age_exactly_at_the_limits_of_its_expiry() {
    let now = crate::clock::Moment::now(&FixedClock::at(0));
    let at = |value: &CachedValue<()>, age| {
        let clock = FixedClock::at(0);
        clock.advance(age);
        value.age(crate::clock::Moment::now(&clock))
    };
    for (expiry, expected) in [
        (
            Expiry::with_early_refresh(seconds(10), seconds(20), 0.0),
            [(0, Age::Fresh), (8, Age::RefreshDue)],
        ),
        (
            Expiry::with_early_refresh(seconds(10), seconds(20), 0.0),
            [(10, Age::Expired), (20, Age::Unusable)],
        ),
        (
            Expiry::with_early_refresh(seconds(100), seconds(100), -9.0),
            [(69, Age::Fresh), (70, Age::RefreshDue)],
        ),
        (
            Expiry::with_early_refresh(seconds(100), seconds(100), 9.0),
            [(89, Age::Fresh), (90, Age::RefreshDue)],
        ),
        (
            Expiry::with_early_refresh(seconds(10), seconds(0), 0.0),
            [(9, Age::RefreshDue), (10, Age::Unusable)],
        ),
        (Expiry::exact(seconds(10), seconds(20)), [(9, Age::Fresh), (10, Age::Expired)]),
        (Expiry::exact(seconds(20), seconds(10)), [(9, Age::Fresh), (10, Age::Unusable)]),
        (Expiry::exact(seconds(0), seconds(0)), [(0, Age::Unusable), (1, Age::Unusable)]),
    ] {
        let value = CachedValue { value: (), fetched: now, expiry, number: 0 };
        for (age, expected) in expected {
            assert_eq!(at(&value, seconds(age)), expected, "{expiry:?} at {age}");
        }
    }
}
