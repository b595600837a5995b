//! A fetch that fails, panics, or is frozen with its sandbox.

use super::*;

#[tokio::test(start_paused = true)]
async fn pauses_double_up_to_a_limit_and_hold_for_all_callers_while_an_old_value_is_used() {
    // How many failures in a row cause no pause, the pause after each failure, and the longest pause.
    let cases = [(0, vec![1, 2, 4, 8, 16, 32, 60, 60, 60], 60), (2, vec![0, 0, 1, 2, 4, 5, 5], 5)];
    for (free, pauses, longest) in cases {
        let longest = seconds(longest);
        let pauses_of = Pauses { free, longest, ..POLICY.pauses };
        let bench = bench_with(Answer::Value(1), FetchPolicy { pauses: pauses_of, ..POLICY });
        bench.get().await.unwrap();
        bench.service.now_answers(Answer::Fails);
        bench.clock.advance(FRESH_FOR);
        for (failures, pause) in pauses.into_iter().enumerate() {
            assert_eq!(bench.get().await, Ok(1));
            assert_eq!(bench.service.fetches(), 1 + failures + 1);
            if pause == 0 {
                continue;
            }
            bench.clock.advance(seconds(pause) - Duration::from_millis(1));
            for got in all(bench.callers(20)).await {
                assert_eq!(got, Ok(1));
            }
            drop(bench.value.prefetch());
            settle().await;
            assert_eq!(bench.service.fetches(), 1 + failures + 1, "within {pause} s");
            bench.clock.advance(Duration::from_millis(1));
        }
        bench.service.now_answers(Answer::Value(2));
        assert_eq!(bench.get().await, Ok(2));
        bench.service.now_answers(Answer::Fails);
        bench.clock.advance(FRESH_FOR);
        let before = bench.service.fetches();
        let _ = bench.get().await;
        bench.clock.advance(seconds(1));
        let _ = bench.get().await;
        assert_eq!(bench.service.fetches(), before + 2, "a success resets the pauses");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_who_are_refused_for_want_of_a_value_wait_for_the_first_pause_only() {
    let without = bench(Answer::Fails);
    let with_an_old_one = bench(Answer::Value(1));
    with_an_old_one.get().await.unwrap();
    with_an_old_one.service.now_answers(Answer::Fails);
    with_an_old_one.clock.advance(FRESH_FOR);
    for pause in [1, 2, 4, 8, 16, 32] {
        assert_eq!(with_an_old_one.get().await, Ok(1));
        with_an_old_one.clock.advance(seconds(pause));
    }
    with_an_old_one.clock.advance(USABLE_FOR - FRESH_FOR - seconds(63 + 1));
    assert_eq!(with_an_old_one.get().await, Ok(1), "followed by a pause of a minute");
    with_an_old_one.clock.advance(seconds(1)); // from now on the value cannot be used
    for bench in [without, with_an_old_one] {
        for _ in 0..10 {
            let before = bench.service.fetches();
            assert_eq!(bench.get().await, Err(FetchFailure::Failed("down")));
            assert_eq!(bench.service.fetches(), before + 1);
            bench.clock.advance(seconds(1) - Duration::from_millis(1));
            for got in all(bench.callers(20)).await {
                assert_eq!(got, Err(FetchFailure::Failed("down")), "the last failure");
            }
            drop(bench.value.prefetch());
            settle().await;
            assert_eq!(bench.service.fetches(), before + 1, "within a second");
            bench.clock.advance(Duration::from_millis(1));
        }
        bench.service.now_answers(Answer::Value(2));
        assert_eq!(bench.get().await, Ok(2), "a second after the last failure");
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_vary_by_a_tenth() {
    for (jitter, millis) in [((|| -1.0) as fn() -> f64, 900), (|| 1.0, 1100), (|| 99.0, 1100)] {
        let pauses = Pauses { jitter, ..POLICY.pauses };
        let bench = bench_with(Answer::Fails, FetchPolicy { pauses, ..POLICY });
        let _ = bench.get().await;
        bench.clock.advance(Duration::from_millis(millis - 1));
        let _ = bench.get().await;
        assert_eq!(bench.service.fetches(), 1, "{millis} ms");
        bench.clock.advance(Duration::from_millis(1));
        let _ = bench.get().await;
        assert_eq!(bench.service.fetches(), 2, "{millis} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn during_a_pause_an_old_value_is_returned_without_waiting() {
    let bench = bench(Answer::Value(1));
    bench.get().await.unwrap();
    bench.service.now_answers(Answer::Fails);
    bench.clock.advance(USABLE_FOR - seconds(1));
    let before = tokio::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(bench.get().await, Ok(1));
    }
    assert_eq!((bench.service.fetches(), before.elapsed()), (2, Duration::ZERO));
    bench.clock.advance(seconds(1));
    assert_eq!(bench.get().await, Err(FetchFailure::Failed("down")));
}

#[tokio::test(start_paused = true)]
async fn a_panicking_fetch_is_a_failure_and_no_caller_hangs() {
    let bench = bench(Answer::Panics);
    for got in all(bench.callers(10)).await {
        assert_eq!(got, Err(FetchFailure::Interrupted));
    }
    bench.service.now_answers(Answer::Value(1));
    bench.clock.advance(seconds(60));
    assert_eq!(bench.get().await, Ok(1));
    assert_eq!(bench.service.running.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn callers_that_joined_a_frozen_fetch_retry_it_once_when_it_fails() {
    for recovers in [true, false] {
        let bench = bench(Answer::Fails);
        bench.service.hold();
        drop(bench.value.prefetch());
        settle().await;
        bench.clock.freeze_for(seconds(600));
        let callers = bench.callers(100);
        settle().await;
        assert_eq!(bench.service.fetches(), 1, "they join the running fetch");
        bench.service.release_one();
        settle().await;
        assert_eq!(bench.service.fetches(), 2, "after its failure they share one retry");
        let answer = if recovers { Answer::Value(1) } else { Answer::Fails };
        bench.service.now_answers(answer);
        bench.service.release();
        let expected = if recovers { Ok(1) } else { Err(FetchFailure::Failed("down")) };
        assert!(all(callers).await.iter().all(|got| *got == expected));
        assert_eq!(bench.service.fetches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_without_time_left_does_not_retry() {
    let bench = bench(Answer::Fails);
    bench.service.hold();
    let _first = bench.callers(1);
    settle().await;
    let second = bench.callers(1);
    settle().await;
    tokio::time::advance(Duration::from_millis(2750)).await;
    bench.service.release_one();
    assert_eq!(all(second).await, [Err(FetchFailure::Failed("down"))]);
    assert_eq!(bench.service.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_prefetch_causes_no_pause_for_the_first_caller() {
    for answer in [Answer::Fails, Answer::Panics] {
        let bench = bench(answer);
        bench.value.prefetch().await;
        settle().await;
        assert_eq!(bench.service.fetches(), 1);
        bench.service.now_answers(Answer::Value(1));
        assert_eq!(bench.get().await, Ok(1), "{answer:?}");
    }
    let bench = bench(Answer::Fails);
    for _ in 0..10 {
        bench.value.prefetch().await;
    }
    assert_eq!(bench.service.fetches(), 2, "only the first failure causes no pause");
}
