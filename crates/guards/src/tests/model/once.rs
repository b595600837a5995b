//! Calls with one key, several at a time.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;
use serde_json::Value;
use shared::{
    Callable, CallableRequest, HttpsError,
    testing::{Answer, Call, NOW, PROJECT, TestKeys, authenticator},
};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{Fate, Lossy, fates, run};
use crate::{Guards, IfUnreachable, store::Memory, tests::clock};

/// How long a claim holds if the call has no deadline, and how long an answer is kept, in seconds.
const CLAIMED: u64 = 15 * 60 + 2;
const KEPT: u64 = 24 * 3600;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A client calls. The request for the claim has this fate.
    Call(Fate),
    /// One of the running calls ends, and the request that settles its claim has this fate.
    End(prop::sample::Index, End, Fate),
    /// Seconds pass.
    Wait(u64),
}

#[derive(Debug, Clone, Copy)]
enum End {
    Result,
    Error,
    Panic,
    /// The client has gone.
    Dropped,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let end = prop_oneof![
        3 => Just(End::Result),
        1 => Just(End::Error),
        1 => Just(End::Panic),
        1 => Just(End::Dropped),
    ];
    let wait = prop_oneof![1..60_u64, 800..1000_u64, KEPT - 2..KEPT + 2];
    let step = prop_oneof![
        4 => fates().prop_map(Step::Call),
        3 => (any::<prop::sample::Index>(), end, fates()).prop_map(|(at, end, fate)| Step::End(at, end, fate)),
        2 => wait.prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// What holds the key: the claim of a run, or its answer.
#[derive(Debug, Clone, Copy)]
struct Held {
    run: u32,
    until: u64,
    is_finished: bool,
}

#[derive(Debug, Default)]
struct Model {
    now: u64,
    held: Option<Held>,
    /// The calls that were let through, in the order in which they ran. A claim whose answer was lost has a number, too.
    claims: u32,
}

#[derive(Debug, PartialEq)]
enum Expected {
    Runs(u32),
    Gets(u32),
    Aborted,
    Unavailable,
}

impl Model {
    fn call(&mut self, fate: Fate) -> Expected {
        let held = self.held.filter(|held| self.now < held.until);
        if held.is_none() && fate.is_done() {
            self.claims += 1;
            let until = self.now + CLAIMED;
            self.held = Some(Held { run: self.claims, until, is_finished: false });
        }
        match held {
            _ if !fate.is_answered() => Expected::Unavailable,
            None => Expected::Runs(self.claims),
            Some(Held { run, is_finished: true, .. }) => Expected::Gets(run),
            Some(_) => Expected::Aborted,
        }
    }

    fn end(&mut self, run: u32, end: End, fate: Fate) {
        let Some(held) = self.held.as_mut().filter(|held| held.run == run && fate.is_done()) else {
            return; // another call has taken the key
        };
        match end {
            End::Result => (held.until, held.is_finished) = (self.now + KEPT, true),
            End::Error => self.held = None,
            End::Panic | End::Dropped => {}
        }
    }
}

/// The runs that have started, each with the sender that tells it how to end.
type Runs = Arc<Mutex<VecDeque<oneshot::Sender<(End, u32)>>>>;

async fn pay(runs: Runs, _: CallableRequest<Value>) -> Result<u32, HttpsError> {
    let (sender, end) = oneshot::channel();
    runs.lock().unwrap().push_back(sender);
    match end.await {
        Ok((End::Result, run)) => Ok(run),
        Ok((End::Error, _)) => Err(HttpsError::not_found("as asked")),
        _ => panic!("as asked"),
    }
}

/// Lets all tasks go on as far as they can, without waiting for a timer.
async fn settled() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

async fn check(steps: &[Step]) {
    let (clock, runs) = (clock(), Runs::default());
    let fates = Arc::new(Mutex::new(VecDeque::new()));
    let table = Arc::new(Memory::new(Arc::new(clock.clone())));
    let guards = Guards::with(Lossy { table, fates: fates.clone() }, Arc::new(clock.clone()));
    let guard = guards.once(|_: &Value| Some("a".to_owned()), IfUnreachable::Refuse);
    let service = Callable::with(runs.clone(), pay).guard(guard).into_service(authenticator());
    let token = TestKeys::shared().id_token(PROJECT, "ada", NOW).sign();
    let call = || {
        let (service, token) = (service.clone(), token.clone());
        tokio::spawn(async move { Call::with(1).bearer(&token).to_service(&service).await })
    };
    let mut model = Model::default();
    let mut running: HashMap<u32, (oneshot::Sender<(End, u32)>, JoinHandle<Answer>)> =
        HashMap::new();
    for step in steps {
        match *step {
            Step::Wait(seconds) => {
                clock.advance(Duration::from_secs(seconds));
                model.now += seconds;
            }
            Step::Call(fate) => {
                let expected = model.call(fate);
                fates.lock().unwrap().push_back(fate);
                let task = call();
                settled().await;
                if let Expected::Runs(run) = expected {
                    let started = runs.lock().unwrap().pop_front();
                    let started = started.unwrap_or_else(|| panic!("{run} does not run"));
                    running.insert(run, (started, task));
                    continue;
                }
                let answer = task.await.unwrap();
                assert!(runs.lock().unwrap().is_empty(), "it runs: {expected:?}, {model:?}");
                match expected {
                    Expected::Gets(run) => assert_eq!(answer.result(), run),
                    Expected::Aborted => assert_eq!(answer.error()["status"], "ABORTED"),
                    _ => assert_eq!(answer.error()["status"], "UNAVAILABLE"),
                }
            }
            Step::End(at, end, fate) => {
                let mut open: Vec<u32> = running.keys().copied().collect();
                open.sort_unstable();
                let Some(&run) = (!open.is_empty()).then(|| at.get(&open)) else { continue };
                let (sender, task) = running.remove(&run).unwrap();
                model.end(run, end, fate);
                if let End::Dropped = end {
                    task.abort();
                    assert!(task.await.is_err());
                    continue;
                }
                if let End::Result | End::Error = end {
                    fates.lock().unwrap().push_back(fate);
                }
                sender.send((end, run)).unwrap();
                // The client gets what its own run has made, whether or not that could be kept.
                let answer = task.await.unwrap();
                match end {
                    End::Result => assert_eq!(answer.result(), run),
                    End::Error => assert_eq!(answer.error()["status"], "NOT_FOUND"),
                    _ => assert_eq!(answer.error()["status"], "INTERNAL"),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Above all: while an answer is kept or a claim holds, no other call runs.
    #[test]
    fn calls_with_one_key_run_as_a_trivial_model_says_whatever_the_table_loses(steps in steps()) {
        run(check(&steps));
    }
}
