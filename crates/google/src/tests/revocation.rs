//! Revoked and disabled users: who is refused, how often accounts are looked up, and what happens if Google does not
//! answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use shared::{
    Callable, CallableRequest, Invocation,
    callable::CallableService,
    testing::{Call, authenticator_at},
};

use super::*;

struct Bench {
    clock: FixedClock,
    google: MockServer,
    service: CallableService,
}

/// How a callable checks sign-ins.
#[derive(Clone, Copy)]
enum Check {
    Off,
    Required,
    UnlessUnavailable,
}

/// A callable that returns its caller's id.
fn who() -> Callable {
    Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.auth.as_ref().map(|auth| auth.uid().to_owned()))
    })
}

/// A callable with this check, and a Google that answers with each of `replies` in turn, and then always with the
/// last one.
async fn bench(check: Check, replies: &[(u16, Value)]) -> Bench {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let replies = replies.to_vec();
    let turn = AtomicUsize::new(0);
    let google = MockServer::start(move |_| {
        let turn = turn.fetch_add(1, Ordering::SeqCst);
        replies[turn.min(replies.len() - 1)].clone()
    })
    .await;
    let accounts = Accounts::at(google.url.clone(), PROJECT, super::token());
    let revocation = Revocation::new(accounts, Arc::new(clock.clone()));
    let callable = match check {
        Check::Off => who(),
        Check::Required => who().check_revoked(revocation),
        Check::UnlessUnavailable => who().check_revoked_unless_unavailable(revocation),
    };
    Bench { google, service: callable.into_service(authenticator_at(&clock)), clock }
}

impl Bench {
    async fn call(&self, token: &str) -> u16 {
        Call::with(1).bearer(token).to_service(&self.service).await.status.as_u16()
    }

    fn lookups(&self) -> usize {
        self.google.requests().len()
    }
}

fn user(members: Value) -> (u16, Value) {
    let mut user = json!({"localId": "ada"});
    user.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    (200, json!({ "users": [user] }))
}

fn token() -> String {
    TestKeys::shared().id_token(PROJECT, "ada", NOW).sign()
}

#[tokio::test]
async fn refuses_deleted_disabled_and_revoked_users() {
    let since = |seconds: i64| user(json!({"validSince": seconds.to_string()}));
    let cases = [
        ("fine", user(json!({})), 200),
        ("valid since its own second", since(NOW), 200),
        ("revoked a second later", since(NOW + 1), 401),
        ("disabled", user(json!({"disabled": true})), 401),
        ("deleted", (200, json!({})), 401),
    ];
    for (name, reply, expected) in cases {
        let bench = bench(Check::Required, &[reply]).await;
        assert_eq!(bench.call(&token()).await, expected, "{name}");
        assert_eq!(bench.call(&token()).await, expected, "{name}, once more");
        assert_eq!(bench.lookups(), 1, "{name}");
    }
}

#[tokio::test]
async fn compares_the_time_of_the_sign_in_and_not_of_the_refresh() {
    let bench = bench(Check::Required, &[user(json!({"validSince": NOW.to_string()}))]).await;
    let of = |claim: &str, value: Value| {
        TestKeys::shared().id_token(PROJECT, "ada", NOW).claim(claim, value).sign()
    };
    assert_eq!(bench.call(&of("auth_time", json!(NOW - 1))).await, 401);
    assert_eq!(bench.call(&of("iat", json!(NOW - 1))).await, 200);
    let without = TestKeys::shared().id_token(PROJECT, "ada", NOW).without("auth_time").sign();
    assert_eq!(bench.call(&without).await, 401, "the time of the sign-in is unknown");
}

#[tokio::test]
async fn looks_a_user_up_once_a_minute_and_in_their_tenant() {
    let bench = bench(Check::Required, &[user(json!({}))]).await;
    for _ in 0..3 {
        assert_eq!(bench.call(&token()).await, 200);
    }
    bench.clock.advance(Duration::from_secs(59));
    assert_eq!(bench.call(&token()).await, 200);
    assert_eq!(bench.lookups(), 1);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.call(&token()).await, 200);
    assert_eq!(bench.lookups(), 2);

    let firebase = json!({"tenant": "tenant-1", "sign_in_provider": "password"});
    let tenant =
        TestKeys::shared().id_token(PROJECT, "ada", NOW).claim("firebase", firebase).sign();
    assert_eq!(bench.call(&tenant).await, 200);
    let path = bench.google.requests().pop().unwrap().uri().to_string();
    assert_eq!(path, "/v1/projects/test-project/tenants/tenant-1/accounts:lookup");
}

#[tokio::test]
async fn a_refused_token_stays_refused_and_a_new_sign_in_is_accepted_within_a_minute() {
    let replies = [user(json!({"disabled": true})), user(json!({}))];
    let bench = bench(Check::Required, &replies).await;
    assert_eq!(bench.call(&token()).await, 401);
    bench.clock.advance(Duration::from_secs(60));
    assert_eq!(bench.call(&token()).await, 401, "until it expires, without a lookup");
    assert_eq!(bench.lookups(), 1);
    let fresh = TestKeys::shared().id_token(PROJECT, "ada", NOW + 60).sign();
    assert_eq!(bench.call(&fresh).await, 200);
    assert_eq!(bench.lookups(), 2);
}

#[tokio::test]
async fn if_the_lookup_fails_the_callable_decides() {
    for status in [403, 500] {
        let required = bench(Check::Required, &[(status, json!({})), user(json!({}))]).await;
        let answer = Call::with(1).bearer(&token()).to_service(&required.service).await;
        if status == 500 {
            assert_eq!(answer.status, 200, "the retry was answered");
            continue;
        }
        assert_eq!(answer.error(), json!({"message": "Unavailable", "status": "UNAVAILABLE"}));
        assert_eq!(required.call(&token()).await, 200, "a failure is not cached");
    }
    let open = bench(Check::UnlessUnavailable, &[(403, json!({}))]).await;
    assert_eq!(open.call(&token()).await, 200);
    let revoked = bench(Check::UnlessUnavailable, &[user(json!({"disabled": true}))]).await;
    assert_eq!(revoked.call(&token()).await, 401);
}

#[tokio::test]
async fn looks_up_only_users_with_valid_tokens_and_only_if_the_callable_checks() {
    let off = bench(Check::Off, &[user(json!({"disabled": true}))]).await;
    assert_eq!(off.call(&token()).await, 200);
    assert_eq!(off.lookups(), 0);
    let on = bench(Check::Required, &[user(json!({}))]).await;
    assert_eq!(Call::with(1).to_service(&on.service).await.status, 200, "signed out");
    assert_eq!(on.call("forged").await, 401);
    assert_eq!(on.call(&TestKeys::shared().id_token("other", "ada", NOW).sign()).await, 401);
    assert_eq!(on.lookups(), 0);
}

#[tokio::test]
async fn twenty_calls_of_one_user_share_one_lookup() {
    for (reply, status) in [(user(json!({})), 200), (user(json!({"disabled": true})), 401)] {
        let bench = bench(Check::Required, &[reply]).await;
        let token = token();
        let calls = (0..20).map(|_| bench.call(&token));
        assert_eq!(futures_util::future::join_all(calls).await, [status; 20]);
        assert_eq!(bench.lookups(), 1);
    }
}

#[tokio::test]
async fn a_user_who_is_not_found_is_looked_up_again_after_five_seconds() {
    let replies = [(200, json!({})), (200, json!({})), user(json!({}))];
    let bench = bench(Check::Required, &replies).await;
    assert_eq!(bench.call(&token()).await, 401);
    bench.clock.advance(Duration::from_secs(4));
    assert_eq!((bench.call(&token()).await, bench.lookups()), (401, 1));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!((bench.call(&token()).await, bench.lookups()), (401, 2));
    bench.clock.advance(Duration::from_secs(5));
    assert_eq!((bench.call(&token()).await, bench.lookups()), (200, 3), "with the same token");
}

#[tokio::test]
async fn after_three_failures_there_are_no_lookups_for_a_while() {
    for (check, status) in [(Check::Required, 503), (Check::UnlessUnavailable, 200)] {
        let replies = [(403, json!({})), (403, json!({})), (403, json!({})), user(json!({}))];
        let bench = bench(check, &replies).await;
        let of = |uid: usize| TestKeys::shared().id_token(PROJECT, &uid.to_string(), NOW).sign();
        for uid in 0..10 {
            assert_eq!(bench.call(&of(uid)).await, status, "user {uid}");
        }
        assert_eq!(bench.lookups(), 3);
        bench.clock.advance(Duration::from_secs(2));
        assert_eq!(bench.call(&token()).await, 200);
        assert_eq!(bench.lookups(), 4);
    }
}

#[tokio::test]
async fn lookups_that_google_refuses_do_not_cause_a_pause_for_other_users() {
    for status in [400, 404] {
        let refused = (status, json!({}));
        let mut replies = vec![refused; 10];
        replies.push(user(json!({})));
        let bench = bench(Check::Required, &replies).await;
        for uid in 0..10 {
            let token = TestKeys::shared().id_token(PROJECT, &uid.to_string(), NOW).sign();
            assert_eq!(bench.call(&token).await, 503);
        }
        assert_eq!((bench.call(&token()).await, bench.lookups()), (200, 11), "{status}");
    }
}

#[tokio::test]
async fn while_google_hangs_ten_calls_share_one_lookup_and_end_before_their_deadline() {
    let bench = bench(Check::Required, &[(0, json!({}))]).await;
    let token = token();
    let now = std::time::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let invocation = Invocation::new(None, Some(now + Duration::from_secs(3)), now);
    let calls = (0..10).map(|_| {
        let call = Call::with(1).bearer(&token).extension(invocation.clone());
        async { call.to_service(&bench.service).await }
    });
    let calls = std::pin::pin!(futures_util::future::join_all(calls));
    let answers = tokio::select! {
        answers = calls => answers,
        never = async {
            bench.google.asked(1).await;
            tokio::time::pause(); // the tasks are idle, so the clock jumps to the next limit
            std::future::pending::<std::convert::Infallible>().await
        } => match never {},
    };
    for answer in answers {
        assert_eq!(answer.error(), json!({"message": "Unavailable", "status": "UNAVAILABLE"}));
    }
    assert_eq!(bench.lookups(), 1);
}
