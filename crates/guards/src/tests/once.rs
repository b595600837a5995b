use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, HttpsError,
    testing::{Answer, Call, FixedClock, NOW, PROJECT, TestKeys},
};
use tokio::sync::Semaphore;

use super::{clock, in_memory};
use crate::{Guards, IfUnreachable};

#[derive(Deserialize)]
struct Payment {
    id: Option<String>,
    #[serde(default)]
    then: String,
}

/// Counts its runs, and returns the number of the run. What it does then, `data.then` says.
struct Till {
    callable: Box<dyn Fn() -> Callable>,
    runs: Arc<AtomicU32>,
    /// Calls with `then: "wait"` wait for a permit.
    go: Arc<Semaphore>,
}

impl Till {
    fn new(guards: Guards) -> Self {
        let (runs, go) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
        let state = (Arc::clone(&runs), Arc::clone(&go));
        let callable = move || {
            let guard = guards.once(|data: &Payment| data.id.clone(), IfUnreachable::Refuse);
            Callable::with(state.clone(), pay).guard(guard)
        };
        Self { callable: Box::new(callable), runs, go }
    }

    async fn pay(&self, user: &str, data: Value) -> Answer {
        Call::with(data).signed_in(user).to((self.callable)()).await
    }

    fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }
}

async fn pay(
    (runs, go): (Arc<AtomicU32>, Arc<Semaphore>),
    request: CallableRequest<Payment>,
) -> Result<Value, HttpsError> {
    let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
    match request.data.then.as_str() {
        "fail" => Err(HttpsError::unavailable("later")),
        "panic" => panic!("as asked"),
        "large" => Ok(json!("x".repeat(400 << 10))),
        "wait" => {
            let _ = go.acquire().await;
            Ok(json!(run))
        }
        _ => Ok(json!({"run": run, "text": "é\u{2028}"})),
    }
}

fn payment(id: &str) -> Value {
    json!({"id": id, "cents": 5})
}

#[tokio::test]
async fn a_duplicate_gets_the_first_answer_byte_for_byte() {
    let till = Till::new(in_memory(&clock()));
    let first = till.pay("ada", payment("a")).await;
    assert_eq!(first.result()["run"], 1);
    let second = till.pay("ada", json!({"cents": 5, "id": "a"})).await;
    assert_eq!((second.body, till.runs()), (first.body, 1));
}

#[tokio::test]
async fn other_keys_other_users_and_calls_without_a_key_run() {
    let till = Till::new(in_memory(&clock()));
    for (user, data) in [
        ("ada", payment("a")),
        ("ada", payment("b")),
        ("bob", payment("a")),
        ("ada", json!({"id": null})),
        ("ada", json!({})),
    ] {
        assert!(till.pay(user, data).await.text().contains("result"));
    }
    assert_eq!(till.runs(), 5);
}

#[tokio::test]
async fn a_duplicate_of_a_running_call_is_aborted_and_told_when_to_ask_again() {
    let till = Till::new(in_memory(&clock()));
    let data = json!({"id": "a", "then": "wait"});
    let first = till.pay("ada", data.clone());
    let second = async {
        while till.runs() == 0 {
            tokio::task::yield_now().await;
        }
        let second = till.pay("ada", data.clone()).await;
        till.go.add_permits(9);
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.result(), 1);
    assert_eq!(
        second.error(),
        json!({"message": "the same call is still running", "status": "ABORTED", "details": {"retryAfter": 1}})
    );
    assert_eq!(till.pay("ada", data).await.body, first.body);
}

#[tokio::test]
async fn the_same_key_with_other_data_is_refused() {
    let till = Till::new(in_memory(&clock()));
    till.pay("ada", payment("a")).await;
    let answer = till.pay("ada", json!({"id": "a", "cents": 6})).await;
    assert_eq!(answer.error()["status"], "INVALID_ARGUMENT");
    assert_eq!(till.runs(), 1);
}

#[tokio::test]
async fn an_error_frees_the_key() {
    let till = Till::new(in_memory(&clock()));
    for run in 1..=3 {
        let answer = till.pay("ada", json!({"id": "a", "then": "fail"})).await;
        assert_eq!((answer.error()["status"].as_str(), till.runs()), (Some("UNAVAILABLE"), run));
    }
}

#[tokio::test]
async fn a_call_that_panicked_is_free_again_after_its_deadline() {
    let clock = clock();
    let till = Till::new(in_memory(&clock));
    let data = json!({"id": "a", "then": "panic"});
    assert_eq!(till.pay("ada", data.clone()).await.error()["status"], "INTERNAL");
    assert_eq!(till.pay("ada", data.clone()).await.error()["status"], "ABORTED");
    // The test's calls have no deadline: the longest call of Lambda counts.
    clock.advance(Duration::from_secs(15 * 60 + 3));
    assert_eq!(till.pay("ada", data).await.error()["status"], "INTERNAL");
    assert_eq!(till.runs(), 2);
}

#[tokio::test]
async fn a_call_that_ends_after_its_deadline_does_not_replace_the_answer_of_a_later_one() {
    let clock = clock();
    let till = Till::new(in_memory(&clock));
    let data = json!({"id": "a", "then": "wait"});
    let late = till.pay("ada", data.clone());
    let later = async {
        while till.runs() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(15 * 60 + 3));
        let later = till.pay("ada", data.clone());
        let permits = async {
            while till.runs() == 1 {
                tokio::task::yield_now().await;
            }
            till.go.add_permits(9);
        };
        tokio::join!(later, permits).0
    };
    let (late, later) = tokio::join!(late, later);
    assert_eq!((late.result(), later.result()), (json!(1), json!(2)));
    assert_eq!(till.pay("ada", data).await.result(), 2, "that of the claim that held");
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let clock = clock();
    let till = Till::new(in_memory(&clock));
    till.pay("ada", payment("a")).await;
    clock.advance(Duration::from_secs(24 * 3600 - 1));
    assert_eq!(till.pay("ada", payment("a")).await.result()["run"], 1);
    clock.advance(Duration::from_secs(2));
    assert_eq!(till.pay("ada", payment("a")).await.result()["run"], 2);
}

#[tokio::test]
async fn an_answer_that_is_too_large_to_keep_is_sent_once_and_never_runs_again() {
    let till = Till::new(in_memory(&clock()));
    let data = json!({"id": "a", "then": "large"});
    assert!(till.pay("ada", data.clone()).await.body.len() > 400 << 10);
    let answer = till.pay("ada", data).await;
    assert_eq!(answer.error()["status"], "FAILED_PRECONDITION");
    assert_eq!(till.runs(), 1);
}

#[tokio::test]
async fn callers_who_are_signed_out_and_empty_keys_are_refused() {
    let till = Till::new(in_memory(&clock()));
    let answer = Call::with(payment("a")).to((till.callable)()).await;
    assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
    let answer = till.pay("ada", payment("")).await;
    assert_eq!(answer.error()["status"], "INVALID_ARGUMENT");
    assert_eq!(till.runs(), 0);
}

#[tokio::test]
async fn a_duplicate_that_asks_for_a_stream_gets_the_answer_as_its_only_event() {
    let till = Till::new(in_memory(&clock()));
    let first = till.pay("ada", payment("a")).await;
    let call = Call::with(payment("a")).signed_in("ada").streaming();
    let stream = call.to((till.callable)()).await;
    assert_eq!(stream.result(), first.result());
    assert_eq!(stream.chunks(), [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_10_000_concurrent_duplicates_of_100_keys_100_run() {
    let till = Arc::new(SharedTill::new(in_memory(&clock())));
    let calls: Vec<_> = (0..10_000)
        .map(|number| {
            let till = Arc::clone(&till);
            tokio::spawn(async move {
                let key = number % 100;
                (key, till.until_answered(&payment(&key.to_string())).await)
            })
        })
        .collect();
    let mut answers = vec![None; 100];
    for call in calls {
        let (key, body): (usize, bytes::Bytes) = call.await.unwrap();
        let first = answers[key].get_or_insert_with(|| body.clone());
        assert_eq!(*first, body);
    }
    assert!(answers.iter().all(Option::is_some));
    assert_eq!(till.runs.load(Ordering::SeqCst), 100);
}

/// [`Till`] for several threads: its service is made once.
struct SharedTill {
    service: shared::callable::CallableService,
    runs: Arc<AtomicU32>,
    token: String,
}

impl SharedTill {
    fn new(guards: Guards) -> Self {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let callable = Callable::new(move |_: CallableRequest<Payment>| {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await; // others arrive while it runs
                Ok::<_, HttpsError>(run)
            }
        });
        let guard = guards.once(|data: &Payment| data.id.clone(), IfUnreachable::Refuse);
        let service = callable.guard(guard).into_service(shared::testing::authenticator());
        let token = TestKeys::shared().id_token(PROJECT, "ada", NOW).sign();
        Self { service, runs, token }
    }

    /// Asks until the answer is there, as a client does.
    async fn until_answered(&self, data: &Value) -> bytes::Bytes {
        loop {
            let answer = Call::with(data).bearer(&self.token).to_service(&self.service).await;
            if !answer.text().contains("ABORTED") {
                return answer.body;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// One step of a random history of one key.
#[derive(Debug, Clone, Copy)]
enum Step {
    Succeed,
    Fail,
    Panic,
    /// Seconds pass.
    Wait(u64),
}

/// What holds the key in the model: a kept answer, or the claim of a call that panicked.
struct Held {
    run: Option<u32>,
    until: u64,
    then: &'static str,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A trivial model: what holds the key, and until when.
    #[test]
    fn any_history_of_a_key_is_that_of_a_trivial_model(
        steps in proptest::collection::vec(
            prop_oneof![
                Just(Step::Succeed),
                Just(Step::Fail),
                Just(Step::Panic),
                (1_u64..2_000).prop_map(Step::Wait),
                Just(Step::Wait(24 * 3600)),
            ],
            1..20,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let clock: FixedClock = clock();
            let till = Till::new(in_memory(&clock));
            let (mut now, mut runs) = (0, 0);
            let mut held: Option<Held> = None;
            for step in steps {
                let then = match step {
                    Step::Wait(seconds) => {
                        clock.advance(Duration::from_secs(seconds));
                        now += seconds;
                        continue;
                    }
                    Step::Succeed => "",
                    Step::Fail => "fail",
                    Step::Panic => "panic",
                };
                held = held.filter(|held| now < held.until);
                let answer = till.pay("ada", json!({"id": "a", "then": then})).await;
                match &held {
                    // What a step does is part of `data`.
                    Some(held) if held.then != then => {
                        assert_eq!(answer.error()["status"], "INVALID_ARGUMENT");
                    }
                    Some(Held { run: None, .. }) => assert_eq!(answer.error()["status"], "ABORTED"),
                    Some(Held { run: Some(run), .. }) => assert_eq!(answer.result()["run"], *run),
                    None => {
                        runs += 1;
                        let (run, seconds) = match step {
                            Step::Succeed => (Some(runs), 24 * 3600),
                            Step::Panic => (None, 15 * 60 + 2),
                            _ => continue,
                        };
                        held = Some(Held { run, until: now + seconds, then });
                    }
                }
                assert_eq!(till.runs(), runs, "{step:?}");
            }
        });
    }
}
