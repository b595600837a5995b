//! A table that fails, and one that never answers.

use std::{future::pending, sync::Arc};

use firebase_callable_aws::AwsError;
use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, HttpsError,
    testing::{Answer, Call},
};

use super::clock;
use crate::{
    Guards, IfUnreachable, MINUTE, per_user,
    store::{Answer as Stored, Claim, Counts, Kept, Millis, Record, Store, StoreError},
};

#[derive(Debug, Clone, Copy)]
enum Down {
    Fails,
    Hangs,
    /// The first request of a call succeeds, later ones fail.
    FailsLater,
}

impl Down {
    fn answer<'a, T: Send + 'a>(self) -> Stored<'a, T> {
        match self {
            Self::Hangs => Box::pin(pending()),
            _ => Box::pin(async { Err(StoreError::Aws(AwsError::Missing)) }),
        }
    }
}

impl Store for Down {
    fn claim<'a>(&'a self, _: &'a Claim, _: Millis) -> Stored<'a, Option<Record>> {
        match self {
            Self::FailsLater => Box::pin(async { Ok(None) }),
            down => down.answer(),
        }
    }

    fn finish<'a>(&'a self, _: &'a Claim, _: Kept<'a>, _: Millis) -> Stored<'a, bool> {
        self.answer()
    }

    fn release<'a>(&'a self, _: &'a Claim) -> Stored<'a, ()> {
        self.answer()
    }

    fn add<'a>(&'a self, _: &'a str, _: u64, _: i32, _: Millis) -> Stored<'a, Counts> {
        self.answer()
    }

    fn counts<'a>(&'a self, _: &'a str) -> Stored<'a, Counts> {
        self.answer()
    }
}

async fn call(
    guard: impl FnOnce(Callable, &Guards) -> Callable,
    down: Down,
    data: Value,
) -> Answer {
    let guards = Guards::with(down, Arc::new(clock()));
    let callable = Callable::new(async |request: CallableRequest<Value>| {
        if request.data == "fail" { Err(HttpsError::not_found("no")) } else { Ok("in") }
    });
    let call = Call::with(data).signed_in("ada").from_app("1:1234567890:web:a");
    call.to(guard(callable, &guards)).await
}

#[tokio::test(start_paused = true)]
async fn each_guard_does_what_its_argument_says_and_never_hangs() {
    for down in [Down::Fails, Down::Hangs] {
        for if_unreachable in [IfUnreachable::Refuse, IfUnreachable::Allow] {
            let once = |callable: Callable, guards: &Guards| {
                callable.guard(guards.once(|_: &Value| Some("key".to_owned()), if_unreachable))
            };
            let limit = |callable: Callable, guards: &Guards| {
                callable.guard(guards.limit(per_user(1, MINUTE), if_unreachable))
            };
            let replay = |callable: Callable, guards: &Guards| {
                let tokens = guards.app_check_tokens(if_unreachable);
                callable.enforce_app_check(true).consume_app_check_token(tokens)
            };
            for (name, answer) in [
                ("once", call(once, down, json!("a")).await),
                ("limit", call(limit, down, json!("a")).await),
                ("replay", call(replay, down, json!("a")).await),
            ] {
                let case = format!("{name}, {down:?}, {if_unreachable:?}");
                match if_unreachable {
                    IfUnreachable::Refuse => {
                        assert_eq!(answer.error()["status"], "UNAVAILABLE", "{case}");
                    }
                    IfUnreachable::Allow => assert_eq!(answer.result(), "in", "{case}"),
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn if_the_answer_cannot_be_kept_the_client_gets_it_all_the_same() {
    let once = |callable: Callable, guards: &Guards| {
        callable.guard(guards.once(|_: &Value| Some("key".to_owned()), IfUnreachable::Refuse))
    };
    assert_eq!(call(once, Down::FailsLater, json!("a")).await.result(), "in");
    assert_eq!(call(once, Down::FailsLater, json!("fail")).await.error()["status"], "NOT_FOUND");
}
