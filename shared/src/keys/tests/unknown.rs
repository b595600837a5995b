//! Unknown key ids in random schedules: a key is reported as unknown only if a set that was fetched within the last
//! half minute does not have it.

use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

const INTERVAL: i64 = 30;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A request for the key `a`, which every set has, or for `b`.
    Call(&'static str),
    /// From now on the endpoint serves these keys; `None`: it is down.
    Serve(Option<&'static [&'static str]>),
    Hold,
    Release,
    Advance(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let served = prop_oneof![Just(None), Just(Some(&["a"][..])), Just(Some(&["a", "b"][..]))];
    let step = prop_oneof![
        4 => Just(Step::Call("b")),
        1 => Just(Step::Call("a")),
        2 => served.prop_map(Step::Serve),
        1 => Just(Step::Hold),
        1 => Just(Step::Release),
        3 => prop_oneof![0..3u64, 25..35u64, 0..4000u64].prop_map(Step::Advance),
    ];
    proptest::collection::vec(step, 1..50)
}

/// An endpoint that records when it last answered with keys, and with which ones.
struct Remembering {
    endpoint: Arc<Endpoint>,
    clock: FixedClock,
    last: Mutex<Option<(i64, &'static [&'static str])>>,
}

impl Fetch for Remembering {
    fn fetch<'a>(&'a self, url: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let fetched = self.endpoint.fetch(url).await?;
            if let Answer::Keys(kids, _) = &*self.endpoint.answer.lock().unwrap() {
                *self.last.lock().unwrap() = Some((self.clock.unix_seconds(), kids));
            }
            Ok(fetched)
        })
    }
}

async fn run(steps: Vec<Step>) -> Vec<String> {
    let endpoint = Endpoint::answering(A);
    let clock = FixedClock::at(1_800_000_000);
    let fetch = Remembering { endpoint, clock, last: Mutex::default() };
    let fetch = Arc::new(fetch);
    let url = ServiceUrl::parse("https://keys.example.com/jwks").unwrap();
    let settings = CacheSettings::id_tokens(url);
    let cache = KeyCache::new(settings, fetch.clone(), Arc::new(fetch.clock.clone()));
    let wrong: Arc<Mutex<Vec<String>>> = Arc::default();
    let (mut calls, mut held, mut trouble) = (Vec::new(), false, false);
    for step in steps {
        match step {
            Step::Call(kid) => {
                let (cache, fetch, wrong) = (cache.clone(), fetch.clone(), wrong.clone());
                calls.push(tokio::spawn(async move {
                    let began = fetch.clock.unix_seconds();
                    let outcome = cache.key(kid).await.map(|_| ());
                    let last = *fetch.last.lock().unwrap();
                    let right = match (outcome, last) {
                        (Ok(()), Some(_)) => true,
                        (Err(UNKNOWN), Some((answered, kids))) => {
                            began - answered <= INTERVAL && !kids.contains(&kid)
                        }
                        (Err(UNAVAILABLE), _) => trouble,
                        _ => false,
                    };
                    if !right {
                        let call = format!("{kid} at {began}: {outcome:?} by {last:?}");
                        wrong.lock().unwrap().push(call);
                    }
                }));
            }
            Step::Serve(kids) => {
                trouble |= kids.is_none();
                let answer = kids.map_or(DOWN, |kids| Answer::Keys(kids, Some(HOUR)));
                fetch.endpoint.now_answers(answer);
            }
            Step::Hold if !held => {
                (held, trouble) = (true, true);
                let permits = fetch.endpoint.open.available_permits();
                fetch.endpoint.open.forget_permits(permits);
            }
            Step::Release if held => {
                held = false;
                fetch.endpoint.release();
            }
            Step::Hold | Step::Release => {}
            Step::Advance(by) => fetch.clock.advance(Duration::from_secs(by)),
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
    for call in calls {
        call.await.unwrap();
    }
    std::mem::take(&mut wrong.lock().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_key_is_reported_as_unknown_only_by_a_set_of_the_last_half_minute(steps in steps()) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        prop_assert_eq!(runtime.block_on(run(steps)), Vec::<String>::new());
    }
}
