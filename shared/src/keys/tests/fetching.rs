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
        let expected = if index % 2 == 0 { Ok(()) } else { Err(UNKNOWN) };
        assert_eq!(waiting.await.unwrap(), expected);
    }
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_cancelled_request_does_not_cancel_the_fetch() {
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
async fn rule_4_a_panicking_fetcher_counts_as_a_failure_and_no_request_hangs() {
    let bench = bench(Answer::Panics);
    assert_eq!(bench.key("a").await, Err(UNAVAILABLE));
    bench.endpoint.now_answers(A);
    bench.clock.advance(2 * MINUTE);
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_4_a_request_waits_only_as_long_as_its_patience() {
    let bench = bench(A);
    bench.endpoint.hold();
    assert_eq!(
        bench.key("a").await,
        Err(UNAVAILABLE),
        "the request waited as long as the settings allow"
    );
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.key("a").await, Ok(()), "the fetch continued");
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
        assert_eq!(bench.key("a").await, Ok(()), "known keys can still be used");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_5_the_interval_counts_from_the_start_of_the_attempt() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    assert_eq!(bench.key("b").await, Err(UNKNOWN));
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.key("b").await, Err(UNKNOWN));
    assert_eq!(bench.endpoint.fetches(), 2);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Ok(()), "a rotated key is found");
    assert_eq!(bench.endpoint.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn rule_5_requests_with_a_new_kid_wait_for_the_fetch_in_progress() {
    // An unknown id, or the early refresh of a set that soon expires, has started the fetch.
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
        assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Err(UNKNOWN), Ok(())]);
        assert_eq!(bench.endpoint.fetches(), 2, "ahead: {ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn rule_5_a_kid_is_not_reported_as_unknown_if_no_newer_set_could_be_fetched() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(DOWN);
    assert_eq!(bench.key("b").await, Err(UNAVAILABLE), "the fetch failed");
    assert_eq!(bench.key("b").await, Err(UNAVAILABLE), "and no fetch may begin yet");
    assert_eq!(bench.key("a").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 2);

    bench.endpoint.now_answers(A);
    bench.clock.advance(Duration::from_secs(30));
    assert_eq!(bench.key("b").await, Err(UNKNOWN), "a newer set does not have it");
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(Duration::from_secs(29));
    assert_eq!(bench.key("b").await, Err(UNKNOWN), "the set is half a minute old");
    assert_eq!(bench.endpoint.fetches(), 3);

    bench.endpoint.hold();
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Err(UNAVAILABLE), "the fetch takes too long");
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.key("b").await, Ok(()));
    assert_eq!(bench.endpoint.fetches(), 4);
}

#[tokio::test(start_paused = true)]
async fn rule_5_a_pause_after_failures_does_not_start_the_interval() {
    let bench = bench(A);
    bench.key("a").await.unwrap();
    assert_eq!(bench.key("b").await, Err(UNKNOWN));
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(49 * MINUTE);
    bench.key("a").await.unwrap();
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 3, "the early refresh failed");
    assert_eq!(bench.key("b").await, Err(UNAVAILABLE), "the last search was 49 minutes ago");
    assert_eq!(bench.endpoint.fetches(), 3);
    bench.endpoint.now_answers(Answer::Keys(&["a", "b"], Some(HOUR)));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.key("b").await, Ok(()), "after the pause of a second, not the interval of 30");
}

/// How many fetches there are if a key is asked for again as soon as each of these pauses, in seconds, is over.
async fn fetches_after(bench: &Bench, pauses: &[u64], expected: Result<(), VerifyError>) {
    for pause in pauses {
        let before = bench.endpoint.fetches();
        assert_eq!(bench.key("a").await, expected);
        assert_eq!(bench.endpoint.fetches(), before + 1);
        bench.clock.advance(Duration::from_secs(*pause) - Duration::from_millis(1));
        for _ in 0..20 {
            assert_eq!(bench.key("a").await, expected);
        }
        bench.cache.prefetch();
        assert_eq!(bench.endpoint.fetches(), before + 1, "within {pause} s");
        bench.clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test(start_paused = true)]
async fn rule_7_pauses_double_up_to_a_minute_and_apply_to_all_requests_while_old_keys_are_used() {
    let bench = bench(A);
    assert_eq!(bench.key("a").await, Ok(()));
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(2 * HOUR);
    fetches_after(&bench, &[1, 2, 4, 8, 16, 32, 60, 60], Ok(())).await;
    bench.endpoint.now_answers(A);
    assert_eq!(bench.key("a").await, Ok(()));
    bench.endpoint.now_answers(DOWN);
    bench.clock.advance(2 * HOUR);
    // A success resets the pause.
    fetches_after(&bench, &[1, 2], Ok(())).await;
}

#[tokio::test(start_paused = true)]
async fn rule_7_without_usable_keys_a_fetch_is_tried_each_second_however_long_the_outage() {
    let bench = bench(DOWN);
    fetches_after(&bench, &[1; 10], Err(UNAVAILABLE)).await;
    bench.endpoint.now_answers(A);
    assert_eq!(bench.key("a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rule_8_a_document_that_is_not_a_key_set_counts_as_a_failed_fetch() {
    for text in ["", "garbage", "<html>", "{}", "[]", r#"{"keys":[]}"#, r#"{"error":{"code":503}}"#]
    {
        let bench = bench(Answer::Text(text));
        assert_eq!(bench.key("a").await, Err(UNAVAILABLE), "{text}");
        assert_eq!(bench.cache.stats().failures, 1);
    }
    let bench = bench(A);
    bench.key("a").await.unwrap();
    bench.endpoint.now_answers(Answer::Text("garbage"));
    bench.clock.advance(HOUR);
    assert_eq!(bench.key("a").await, Ok(()), "an invalid document does not replace a set");
}

#[tokio::test(start_paused = true)]
async fn rule_9_prefetch_begins_at_once_and_returns_without_waiting() {
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
    assert_eq!(bench.endpoint.fetches(), 1, "the first request used the fetch in progress");
}

#[tokio::test(start_paused = true)]
async fn rule_9_requests_retry_a_prefetch_that_failed_after_the_sandbox_was_frozen() {
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
        assert_eq!(bench.endpoint.fetches(), 1, "the requests wait for the prefetch");
        bench.endpoint.release_one();
        bench.settle().await;
        assert_eq!(
            bench.endpoint.fetches(),
            2,
            "the prefetch failed, and one new fetch serves all requests"
        );
        if recovers {
            bench.endpoint.now_answers(A);
        }
        bench.endpoint.release();
        for waiting in waiting {
            let expected = if recovers { Ok(()) } else { Err(UNAVAILABLE) };
            assert_eq!(waiting.await.unwrap(), expected);
        }
        assert_eq!(bench.endpoint.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_9_a_failed_prefetch_causes_no_pause() {
    let bench = bench(DOWN);
    bench.cache.prefetch();
    bench.settle().await;
    bench.endpoint.now_answers(A);
    assert_eq!(bench.key("a").await, Ok(()), "no request waited for the failed prefetch");
    assert_eq!(bench.endpoint.fetches(), 2);
}
