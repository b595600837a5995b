use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use shared::{
    Callable, CallableRequest, HttpsError, Invocation,
    callable::CallableService,
    testing::{Answer, Call, NOW, PROJECT, TestKeys, authenticator},
};

use super::{clock, in_memory};
use crate::{Guards, IfUnreachable, Limit, MINUTE, per_app, per_ip, per_user};

fn limited(guards: &Guards, limit: Limit) -> CallableService {
    let callable = Callable::new(async |_: CallableRequest<()>| Ok::<_, HttpsError>("in"));
    callable.guard(guards.limit(limit, IfUnreachable::Refuse)).into_service(authenticator())
}

async fn call(service: &CallableService, user: &str) -> Answer {
    Call::with(()).signed_in(user).to_service(service).await
}

fn is_admitted(answer: &Answer) -> bool {
    answer.status == 200
}

#[tokio::test]
async fn a_user_is_admitted_up_to_the_limit_and_told_when_to_come_back() {
    let clock = clock();
    let service = limited(&in_memory(&clock), per_user(3, MINUTE));
    for _ in 0..3 {
        assert!(is_admitted(&call(&service, "ada").await));
    }
    let refused = call(&service, "ada").await;
    let error = refused.error();
    assert_eq!(
        (refused.status.as_u16(), error["status"].as_str()),
        (429, Some("RESOURCE_EXHAUSTED"))
    );
    let seconds = error["details"]["retryAfter"].as_u64().unwrap();
    assert!((60..=68).contains(&seconds), "{seconds}");
    // The next one is refused from memory, and is told the same.
    clock.advance(Duration::from_millis(500));
    let again = call(&service, "ada").await.error()["details"]["retryAfter"].as_u64().unwrap();
    assert!((seconds - 1..=seconds).contains(&again), "{again} after {seconds}");
    assert!(is_admitted(&call(&service, "bob").await), "another user");
    clock.advance(Duration::from_secs(seconds));
    assert!(is_admitted(&call(&service, "ada").await), "after that time");
}

/// A caller who asks twice as often as allowed still gets the allowed share.
#[tokio::test]
async fn refused_calls_do_not_count() {
    let clock = clock();
    let service = limited(&in_memory(&clock), per_user(60, MINUTE));
    let mut admitted = Vec::new();
    for minute in 0..5 {
        let mut count = 0;
        for _ in 0..120 {
            count += u32::from(is_admitted(&call(&service, "ada").await));
            clock.advance(Duration::from_millis(500));
        }
        admitted.push((minute, count));
    }
    assert!(admitted.iter().all(|(_, count)| (45..=60).contains(count)), "{admitted:?}");
}

#[tokio::test]
async fn functions_and_limits_count_separately() {
    let guards = in_memory(&clock());
    let (one, other) =
        (limited(&guards, per_user(1, MINUTE)), limited(&guards, per_user(2, MINUTE)));
    assert!(is_admitted(&call(&one, "ada").await));
    assert!(is_admitted(&call(&other, "ada").await));
    assert!(!is_admitted(&call(&one, "ada").await));
    assert!(is_admitted(&call(&other, "ada").await));
}

#[tokio::test]
async fn a_limit_per_user_refuses_callers_who_are_signed_out() {
    let service = limited(&in_memory(&clock()), per_user(1, MINUTE));
    let answer = Call::with(()).to_service(&service).await;
    assert_eq!(answer.error()["status"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_limit_per_app_counts_calls_without_app_check_as_those_of_one_app() {
    let service = limited(&in_memory(&clock()), per_app(1, MINUTE));
    for app in [None, Some("1:1234567890:web:a"), Some("1:1234567890:web:b")] {
        let call = || match app {
            Some(app) => Call::with(()).from_app(app),
            None => Call::with(()),
        };
        assert!(is_admitted(&call().to_service(&service).await), "{app:?}");
        assert!(!is_admitted(&call().to_service(&service).await), "{app:?}");
    }
}

#[tokio::test]
async fn a_limit_per_address_believes_the_host_and_no_header() {
    let service = limited(&in_memory(&clock()), per_ip(1, MINUTE));
    let from = |address: &str| {
        let mut invocation = Invocation::new(None, None, SystemTime::UNIX_EPOCH);
        invocation.client_ip = Some(address.parse::<IpAddr>().unwrap());
        Call::with(()).extension(invocation).header("x-forwarded-for", "10.0.0.1")
    };
    assert!(is_admitted(&from("203.0.113.7").to_service(&service).await));
    assert!(is_admitted(&from("203.0.113.8").to_service(&service).await));
    let other = from("203.0.113.7").header("x-forwarded-for", "10.0.0.2");
    assert!(!is_admitted(&other.to_service(&service).await));
    assert!(is_admitted(&from("2001:db8::1").to_service(&service).await));
    assert!(!is_admitted(&from("2001:db8::2").to_service(&service).await), "the same network");
    assert!(is_admitted(&Call::with(()).to_service(&service).await), "no address");
    assert!(!is_admitted(&Call::with(()).to_service(&service).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_1000_concurrent_calls_exactly_the_limit_is_admitted() {
    let service = limited(&in_memory(&clock()), per_user(100, MINUTE));
    let token = Arc::new(TestKeys::shared().id_token(PROJECT, "ada", NOW).sign());
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let (service, token) = (service.clone(), Arc::clone(&token));
            tokio::spawn(async move {
                is_admitted(&Call::with(()).bearer(&token).to_service(&service).await)
            })
        })
        .collect();
    let mut admitted = 0;
    for call in calls {
        admitted += u32::from(call.await.unwrap());
    }
    assert_eq!(admitted, 100);
}
