//! Calls of one user under a limit.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;
use shared::{
    Callable, CallableRequest, HttpsError,
    testing::{Call, NOW, PROJECT, TestKeys, authenticator},
};

use super::{Fate, Lossy, fates, run};
use crate::{Guards, IfUnreachable, MINUTE, per_user, store::Memory, tests::clock};

const MOST: u32 = 4;
/// In milliseconds: the period, and the longest window that the counters make of it.
const PERIOD: u64 = 60_000;
const WINDOW: u64 = PERIOD + PERIOD / 8;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The fates of the first requests of a call: count it, read the counters before, take it back.
    Call([Fate; 3]),
    /// Milliseconds pass.
    Wait(u64),
}

fn steps(fates: impl Strategy<Value = Fate> + Clone) -> impl Strategy<Value = Vec<Step>> {
    let fates = [fates.clone(), fates.clone(), fates];
    let wait =
        prop_oneof![0..1500_u64, 5_000..9_000_u64, 50_000..70_000_u64, 900_000..1_000_000_u64];
    let step = prop_oneof![4 => fates.prop_map(Step::Call), 1 => wait.prop_map(Step::Wait)];
    prop::collection::vec(step, 1..80)
}

/// Several instances of a function, each with a memory of its own, share the table.
const INSTANCES: usize = 2;

async fn check(steps: &[Step], loses_nothing: bool) {
    let clock = clock();
    let fates = Arc::new(Mutex::new(VecDeque::new()));
    let table = Arc::new(Memory::new(Arc::new(clock.clone())));
    let services = [(); INSTANCES].map(|()| {
        let lossy = Lossy { table: table.clone(), fates: fates.clone() };
        let limit = Guards::with(lossy, Arc::new(clock.clone()))
            .limit(per_user(MOST, MINUTE), IfUnreachable::Refuse);
        let callable = Callable::new(async |_: CallableRequest<()>| Ok::<_, HttpsError>("in"));
        callable.guard(limit).into_service(authenticator())
    });
    let token = TestKeys::shared().id_token(PROJECT, "ada", NOW).sign();
    let (mut now, mut admitted) = (0, Vec::new());
    let within = |admitted: &[u64], now: u64, age: u64| {
        admitted.iter().filter(|&&at| now - at < age).count()
    };
    for (number, step) in steps.iter().enumerate() {
        let of_call = match step {
            Step::Call(of_call) => of_call,
            Step::Wait(ms) => {
                clock.advance(Duration::from_millis(*ms));
                now += ms;
                continue;
            }
        };
        *fates.lock().unwrap() = of_call.iter().copied().collect();
        let service = &services[number % INSTANCES];
        let answer = Call::with(()).bearer(&token).to_service(service).await;
        match answer.status.as_u16() {
            200 => {
                admitted.push(now);
                let count = within(&admitted, now, PERIOD);
                assert!(count <= MOST as usize, "{count} calls in a period");
            }
            429 if loses_nothing => {
                let count = within(&admitted, now, WINDOW);
                assert!(count >= MOST as usize, "refused after {count} calls");
                let seconds = answer.error()["details"]["retryAfter"].as_u64().unwrap();
                let free = within(&admitted, now + seconds * 1000, PERIOD);
                assert!(free < MOST as usize, "not free after {seconds} s");
            }
            429 => {}
            status => assert!(!loses_nothing && status == 503, "{status}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_more_calls_are_admitted_in_any_period_whatever_the_table_loses(steps in steps(fates().boxed())) {
        run(check(&steps, false));
    }

    #[test]
    fn if_the_table_loses_nothing_only_calls_over_the_limit_are_refused(steps in steps(Just(Fate::Answered))) {
        run(check(&steps, true));
    }
}
