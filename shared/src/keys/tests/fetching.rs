//! When and how often keys are fetched: rules 4, 5, 7, 8 and 9 of the key cache.

use super::*;

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
async fn rule_5_callers_with_a_new_kid_wait_for_the_fetch_that_brings_it() {
    // Begun by another unknown id, or ahead of time because the set is ending.
    for ahead in [false, true] {
        let bench = bench(A);
        bench.key("a").await.unwrap();
        bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
        bench.endpoint.hold();
        if ahead {
            bench.clock.advance(49 * MINUTE);
            bench.key("a").await.unwrap();
        }
        let callers: Vec<_> = ["b", "b", "b", "c", "b"]
            .map(|kid| {
                let cache = bench.cache.clone();
                tokio::spawn(async move { cache.key(kid).await.map(|_| ()) })
            })
            .into();
        bench.settle().await;
        assert!(callers.iter().all(|caller| !caller.is_finished()));
        bench.endpoint.release();
        let mut outcomes = Vec::new();
        for caller in callers {
            outcomes.push(caller.await.unwrap());
        }
        assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Err(KeyError::Unknown), Ok(())]);
        assert_eq!(bench.endpoint.fetches(), 2, "ahead: {ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_5_a_kid_that_could_not_be_looked_for_is_not_called_unknown() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    assert_eq!(bench.key("b").await, Err(KeyError::Unavailable), "the fetch failed");
    assert_eq!(bench.key("b").await, Err(KeyError::Unavailable), "and nobody knows since");
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 2);

    bench.endpoint.now_answers(A);
    bench.clock.advance(Duration::from_secs(30));
    assert_eq!(bench.key("b").await, Err(KeyError::Unknown), "a newer set does not have it");
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.key("b").await, Err(KeyError::Unknown), "a set of half a minute ago");
    assert_eq!(bench.endpoint.fetches(), 3);

    bench.endpoint.hold();
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Err(KeyError::Unavailable), "not in time");
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.key("b").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 4);
}

#[tokio::test(start_paused = true)]
async fn rule_5_in_the_pause_after_failures_the_interval_does_not_begin() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    assert_eq!(bench.key("b").await, Err(KeyError::Unknown));
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(49 * MINUTE);
    bench.key("a").await.unwrap();
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 3, "the refresh ahead failed");
    assert_eq!(bench.key("b").await, Err(KeyError::Unavailable), "the last search is long ago");
    assert_eq!(bench.endpoint.fetches(), 3);
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Ok(()), "a second later, and not half a minute");
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
    assert_eq!(bench.key("a").await, Ok(()), "nobody waited for it, nobody pauses");
    assert_eq!(bench.endpoint.fetches(), 2);
}
