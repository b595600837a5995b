//! All callers share one fetch, and each waits for it only for a limited time.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_make_one_fetch() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    let callers = bench.callers(1000);
    settle().await;
    bench.service.release();
    assert!(all(callers).await.iter().all(|got| *got == Ok(1)));
    assert_eq!(bench.service.fetches(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_on_several_threads_make_one_fetch_too() {
    for _ in 0..50 {
        let bench = bench(Answer::Value(1));
        assert!(all(bench.callers(100)).await.iter().all(|got| *got == Ok(1)));
        assert_eq!(bench.service.fetches(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_caller_does_not_cancel_the_fetch() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    let [first] = <[_; 1]>::try_from(bench.callers(1)).unwrap();
    settle().await;
    let others = bench.callers(5);
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    bench.service.release();
    assert!(all(others).await.iter().all(|got| *got == Ok(1)));
    assert_eq!(bench.service.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_caller_waits_longer_than_max_wait_and_the_fetch_continues() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    let before = tokio::time::Instant::now();
    for got in all(bench.callers(10)).await {
        assert_eq!(got, Err(FetchFailure::Pending));
    }
    assert_eq!((before.elapsed().as_secs(), bench.service.fetches()), (3, 1));
    bench.service.release();
    settle().await;
    assert_eq!(
        (bench.get().await, bench.service.fetches()),
        (Ok(1), 1),
        "its value is there for the next caller"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_hangs_is_stopped_at_its_timeout() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    assert_eq!(bench.get().await, Err(FetchFailure::Pending));
    tokio::time::advance(seconds(3)).await;
    settle().await;
    assert_eq!(bench.service.running.load(Ordering::SeqCst), 0);
    assert_eq!(
        bench.get().await,
        Err(FetchFailure::TimedOut),
        "the error is returned during the pause that follows"
    );
    bench.service.release();
    bench.clock.advance(seconds(1));
    assert_eq!(bench.get().await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_caller_stops_waiting_before_the_deadline_of_its_call() {
    // The deadline of the call, and when the caller stops waiting; both in ms.
    for (deadline, stops) in [(1000, 900), (100, 90), (3000, 2700), (10_000, 3000), (0, 0)] {
        let bench = bench(Answer::Value(1));
        bench.service.hold();
        let before = tokio::time::Instant::now();
        let got = until(before + Duration::from_millis(deadline), bench.get()).await;
        assert_eq!(got, Err(FetchFailure::Pending), "{deadline} ms");
        let waited = before.elapsed().as_millis();
        assert!(waited.abs_diff(stops) <= 1, "{deadline} ms: stopped after {waited}");
    }
    let bench = bench(Answer::Value(1));
    bench.get().await.unwrap();
    bench.service.hold();
    bench.clock.advance(FRESH_FOR);
    let before = tokio::time::Instant::now();
    assert_eq!(until(before + seconds(1), bench.get()).await, Ok(1), "the expired value is used");
    assert!(before.elapsed() < seconds(1));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_continues_after_the_deadline_of_the_call_that_started_it() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    let deadline = tokio::time::Instant::now() + seconds(1);
    assert_eq!(until(deadline, bench.get()).await, Err(FetchFailure::Pending));
    tokio::time::advance(seconds(2)).await;
    bench.service.release();
    settle().await;
    assert_eq!((bench.get().await, bench.service.fetches()), (Ok(1), 1));
}

#[tokio::test(start_paused = true)]
async fn prefetch_does_not_wait_and_callers_join_its_fetch() {
    let bench = bench(Answer::Value(1));
    bench.service.hold();
    drop(bench.value.prefetch());
    drop(bench.value.prefetch());
    settle().await;
    let callers = bench.callers(10);
    settle().await;
    assert_eq!(bench.service.fetches(), 1);
    bench.service.release();
    assert!(all(callers).await.iter().all(|got| *got == Ok(1)));
    bench.value.prefetch().await;
    assert_eq!(bench.service.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn newer_than_never_returns_the_value_that_the_caller_has_seen() {
    let bench = bench(Answer::Value(1));
    let seen = bench.value.get().await.unwrap();
    bench.service.now_answers(Answer::Value(2));
    let newer = bench.value.newer_than(Some(&seen)).await.unwrap();
    assert_eq!((*newer.value(), bench.service.fetches()), (2, 2));
    for seen in [Some(&*seen), None] {
        let newer = bench.value.newer_than(seen).await.unwrap();
        assert_eq!(
            (*newer.value(), bench.service.fetches()),
            (2, 2),
            "the newer value is cached already"
        );
    }
    bench.value.refresh(&seen);
    settle().await;
    assert_eq!(bench.service.fetches(), 2);
}
