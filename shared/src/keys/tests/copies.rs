//! Copies of key sets in the package and at a mirror: which set serves a request, and for how long.

use serde_json::Value;

use super::*;

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://keys.example.com/jwks";
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;

/// A scripted mirror. It counts how often it is read.
struct Place {
    reads: AtomicUsize,
    answer: Mutex<Result<String, FetchError>>,
}

impl Place {
    fn with(answer: Result<String, FetchError>) -> Arc<Self> {
        Arc::new(Self { reads: AtomicUsize::new(0), answer: Mutex::new(answer) })
    }

    fn now_has(&self, answer: Result<String, FetchError>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl Mirror for Place {
    fn read<'a>(&'a self, key_set: &'a str) -> BoxFuture<'a, Result<bytes::Bytes, FetchError>> {
        assert_eq!(key_set, "id-token");
        self.reads.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { self.answer.lock().unwrap().clone().map(Into::into) })
    }
}

/// A copy with these keys that was fetched at `fetched_at`, fresh for an hour.
fn copy(kids: &[&str], fetched_at: i64) -> String {
    changed_copy(kids, fetched_at, |_| {})
}

fn changed_copy(kids: &[&str], fetched_at: i64, change: impl FnOnce(&mut Value)) -> String {
    let keys: Value = serde_json::from_str(&jwks(kids)).unwrap();
    let mut copy = json!({
        "source": URL, "fetched_at": fetched_at, "max_age": HOUR_S, "keys": keys["keys"],
    });
    change(&mut copy);
    copy.to_string()
}

fn baked(copies: &[String]) -> Copies {
    let file = format!("[{}]", copies.join(","));
    Copies { baked: Some(Arc::new(BakedKeys::parse(file.as_bytes()).unwrap())), mirror: None }
}

fn bench_with_copies(answer: Answer, copies: Copies) -> Bench {
    let endpoint = Endpoint::answering(answer);
    let clock = FixedClock::at(NOW.unsigned_abs());
    let mut settings = CacheSettings::id_tokens(ServiceUrl::parse(URL).unwrap());
    settings.jitter = || 0.0;
    let clock_too = Arc::new(clock.clone());
    let cache = KeyCache::with_copies(settings, endpoint.clone(), clock_too, copies);
    Bench { endpoint, clock, cache }
}

fn mirrored(answer: Answer, copy: Result<String, FetchError>) -> (Bench, Arc<Place>) {
    let place = Place::with(copy);
    let mirror = Some(Arc::clone(&place) as Arc<dyn Mirror>);
    (bench_with_copies(answer, Copies { baked: None, mirror }), place)
}

impl Bench {
    async fn origin(&self, kid: &str) -> Result<KeyOrigin, VerifyError> {
        self.cache.find(kid).await.map(|(_, origin)| origin)
    }
}

#[tokio::test(start_paused = true)]
async fn a_baked_key_is_used_at_once_and_goes_when_the_fetch_beside_has_landed() {
    let bench = bench_with_copies(
        Answer::Keys(&["b"], Some(HOUR)),
        baked(&[copy(&["a"], NOW - 5 * MINUTE_S)]),
    );
    bench.endpoint.hold();
    bench.cache.prefetch();
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 1, "the fetch beside begins without a request");
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked));
    bench.endpoint.release();
    bench.settle().await;
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Issuer));
    assert_eq!(bench.origin("a").await, Err(UNKNOWN), "it was rotated away");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_before_the_prefetch_also_uses_the_baked_key_and_begins_the_fetch() {
    let bench = bench_with_copies(A, baked(&[copy(&["a"], NOW - 5 * MINUTE_S)]));
    bench.endpoint.hold();
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked));
    bench.settle().await;
    assert_eq!(bench.endpoint.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_baked_key_is_used_for_a_day_after_its_fetch_and_not_a_second_longer() {
    let day = 24 * HOUR_S;
    for (age, expected) in [
        (0, Ok(KeyOrigin::Baked)),
        (day - 1, Ok(KeyOrigin::Baked)),
        (day, Err(UNAVAILABLE)),
        (30 * day, Err(UNAVAILABLE)),
        // The clock of the machine that fetched it is ahead.
        (-MINUTE_S, Ok(KeyOrigin::Baked)),
        (-MINUTE_S - 1, Err(UNAVAILABLE)),
    ] {
        let bench = bench_with_copies(DOWN, baked(&[copy(&["a"], NOW - age)]));
        assert_eq!(bench.origin("a").await, expected, "{age} s old");
    }
    let bench = bench_with_copies(DOWN, baked(&[copy(&["a"], NOW - HOUR_S)]));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked));
    bench.clock.advance(23 * HOUR);
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE), "the age also counts while it is used");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_no_copy_has_is_looked_for_at_the_issuer() {
    let fresh = || baked(&[copy(&["a"], NOW - MINUTE_S)]);
    let bench = bench_with_copies(Answer::Keys(&["a", "b"], Some(HOUR)), fresh());
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Issuer));
    let bench = bench_with_copies(A, fresh());
    assert_eq!(bench.origin("b").await, Err(UNKNOWN), "the issuer says that there is none");
    let bench = bench_with_copies(DOWN, fresh());
    assert_eq!(bench.origin("b").await, Err(UNAVAILABLE), "nobody can say that there is none");
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked));

    let (bench, _) = mirrored(DOWN, Ok(copy(&["a"], NOW - MINUTE_S)));
    assert_eq!(bench.origin("b").await, Err(UNAVAILABLE));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Mirror));
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_cause_one_fetch_per_interval_with_copies_too() {
    let (bench, place) = mirrored(A, Ok(copy(&["a"], NOW - MINUTE_S)));
    bench.origin("a").await.unwrap();
    for attempt in 0..20 {
        assert_eq!(bench.origin(&format!("made-up-{attempt}")).await, Err(UNKNOWN));
    }
    assert_eq!((place.reads(), bench.endpoint.fetches()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_mirror_is_asked_before_the_issuer_and_again_when_its_copy_expires() {
    let (bench, place) = mirrored(DOWN, Ok(copy(&["a"], NOW - 30 * MINUTE_S)));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Mirror));
    assert_eq!((place.reads(), bench.endpoint.fetches()), (1, 0));

    // A rotation, while the issuer cannot be reached: the mirror has the new key.
    place.now_has(Ok(copy(&["b"], NOW + 5 * MINUTE_S)));
    bench.clock.advance(10 * MINUTE);
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Mirror));
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE), "rotated away: never accepted again");
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Mirror));
}

#[tokio::test(start_paused = true)]
async fn a_day_without_the_issuer_costs_no_caller_anything_while_the_mirror_is_written() {
    let (bench, place) = mirrored(DOWN, Ok(copy(&["a"], NOW)));
    for quarter in 1..=24 * 4 {
        let at = NOW + quarter * 15 * MINUTE_S;
        place.now_has(Ok(copy(if quarter < 50 { &["a"] } else { &["b"] }, at)));
        bench.clock.advance(15 * MINUTE);
        let kid = if quarter < 50 { "a" } else { "b" };
        assert_eq!(bench.origin(kid).await, Ok(KeyOrigin::Mirror), "quarter {quarter}");
        bench.settle().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_copy_of_a_mirror_is_used_only_if_the_issuer_cannot_be_asked() {
    let old = || Ok(copy(&["a"], NOW - 2 * HOUR_S));
    let (bench, _) = mirrored(Answer::Keys(&["b"], Some(HOUR)), old());
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Issuer));
    assert_eq!(bench.origin("a").await, Err(UNKNOWN));
    let (bench, place) = mirrored(DOWN, old());
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Mirror));
    bench.settle().await;
    let (reads, fetches) = (place.reads(), bench.endpoint.fetches());
    for _ in 0..20 {
        assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Mirror));
        bench.settle().await;
    }
    assert!(place.reads() <= reads + 1, "failures of the issuer are followed by a pause");
    assert!(bench.endpoint.fetches() <= fetches + 1);
    let (bench, _) = mirrored(DOWN, Ok(copy(&["a"], NOW - 24 * HOUR_S)));
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE), "a day is the limit");
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_newer_than_the_mirror_s_copy_is_never_replaced_by_it() {
    let (bench, place) = mirrored(Answer::Keys(&["b"], Some(HOUR)), Err(FetchError::Status(403)));
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Issuer));
    bench.endpoint.now_answers(DOWN);
    place.now_has(Ok(copy(&["a"], NOW - 2))); // rotated away since
    bench.clock.advance(2 * HOUR);
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Issuer), "expired, still used");
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE));
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_copy_leads_to_the_issuer() {
    let at = NOW - MINUTE_S;
    let with = |change: fn(&mut Value)| changed_copy(&["b"], at, change);
    let copies = [
        ("another set's", with(|copy| copy["source"] = json!("https://keys.example.com/other"))),
        ("another set's", with(|copy| copy["source"] = json!("https://keys.example.com/jwks/"))),
        ("no time", with(|copy| copy["fetched_at"] = json!(null))),
        ("time as text", with(|copy| copy["fetched_at"] = json!("1800000000"))),
        ("a fraction", with(|copy| copy["fetched_at"] = json!(1.5))),
        ("in milliseconds", with(|copy| copy["fetched_at"] = json!(1_800_000_000_000_i64))),
        ("the end of time", with(|copy| copy["fetched_at"] = json!(i64::MAX))),
        ("its beginning", with(|copy| copy["fetched_at"] = json!(i64::MIN))),
        ("no lifetime", with(|copy| copy["max_age"] = json!(null))),
        ("a negative lifetime", with(|copy| copy["max_age"] = json!(-1))),
        ("no keys", with(|copy| copy["keys"] = json!([]))),
        ("keys of another form", with(|copy| copy["keys"] = json!({"b": "x"}))),
        ("an error", with(|copy| copy["error"] = json!("not found"))),
        ("a plain key set", jwks(&["b"])),
        ("a page", "<html>".to_owned()),
        ("a list", format!("[{:?}, {at}, 3600, []]", URL)),
        ("nothing", String::new()),
    ];
    for (what, copy) in copies {
        let (bench, place) = mirrored(A, Ok(copy));
        assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Issuer), "{what}");
        assert_eq!(bench.origin("b").await, Err(UNKNOWN), "{what}");
        assert_eq!(place.reads(), 2, "{what}");
    }
    let (bench, _) = mirrored(A, Err(FetchError::Send(SendError::Timeout)));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Issuer));
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_that_a_copy_states_cannot_lengthen_its_use() {
    let long = |copy: &mut Value| copy["max_age"] = json!(u64::MAX);
    let (bench, _) = mirrored(DOWN, Ok(changed_copy(&["a"], NOW - 25 * HOUR_S, long)));
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE));
    let (bench, _) = mirrored(DOWN, Ok(changed_copy(&["a"], NOW - 23 * HOUR_S, long)));
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Mirror));
    bench.clock.advance(HOUR);
    assert_eq!(bench.origin("a").await, Err(UNAVAILABLE));
}

#[tokio::test(start_paused = true)]
async fn of_the_package_and_the_mirror_the_newer_one_serves() {
    let place = Place::with(Ok(copy(&["a", "b"], NOW - MINUTE_S)));
    let copies = Copies {
        mirror: Some(Arc::clone(&place) as Arc<dyn Mirror>),
        ..baked(&[copy(&["old"], NOW - 9 * HOUR_S), copy(&["a"], NOW - 2 * HOUR_S)])
    };
    let bench = bench_with_copies(DOWN, copies);
    assert_eq!(bench.origin("a").await, Ok(KeyOrigin::Baked), "the newest in the package");
    bench.settle().await;
    assert_eq!(bench.origin("b").await, Ok(KeyOrigin::Mirror));
    assert_eq!(bench.endpoint.fetches(), 0);
}

#[test]
fn a_copy_that_is_written_is_read_again() {
    let settings = CacheSettings::id_tokens(ServiceUrl::parse(URL).unwrap());
    let fetched = Fetched { body: jwks(&["a", "b"]).into(), lifetime: Some(2 * HOUR) };
    let written = KeyCopy::of(&settings, &fetched, NOW).unwrap();
    let read = KeyCopy::parse(written.document().clone()).unwrap();
    let (keys, left) = read.keys(&settings, NOW + 60).unwrap();
    assert_eq!((keys.len(), read.fetched_at(), read.source()), (2, NOW, URL));
    assert_eq!(left.fresh, 2 * HOUR - MINUTE);
    assert_eq!(left.usable, 24 * HOUR - MINUTE);
    assert_eq!(read.age(NOW + 60), MINUTE);
    for body in ["[]", r#"{"keys":[]}"#, "<html>"] {
        let fetched = Fetched { body: body.into(), lifetime: None };
        assert!(KeyCopy::of(&settings, &fetched, NOW).is_err(), "{body}");
    }
}
