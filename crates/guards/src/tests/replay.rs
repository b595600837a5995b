use std::{sync::Arc, time::Duration};

use shared::{
    Callable, CallableRequest, HttpsError,
    callable::CallableService,
    testing::{Call, NOW, PROJECT, PROJECT_NUMBER, TestKeys, authenticator},
};

use super::{clock, in_memory};
use crate::{Guards, IfUnreachable};

/// Says whether the App Check token was used before.
fn says(guards: &Guards) -> CallableService {
    let callable = Callable::new(async |request: CallableRequest<()>| {
        Ok::<_, HttpsError>(request.app.and_then(|app| app.already_consumed()))
    });
    let tokens = guards.app_check_tokens(IfUnreachable::Refuse);
    callable.consume_app_check_token(tokens).into_service(authenticator())
}

fn token(app: &str) -> String {
    TestKeys::shared().app_check_token(PROJECT, PROJECT_NUMBER, app, NOW).sign()
}

async fn used_before(service: &CallableService, token: &str) -> bool {
    let call = Call::with(()).header("x-firebase-appcheck", token);
    call.to_service(service).await.result().as_bool().unwrap()
}

#[tokio::test]
async fn a_token_is_new_once_until_it_expires() {
    let clock = clock();
    let service = says(&in_memory(&clock));
    let token = token("1:1234567890:web:a");
    assert!(!used_before(&service, &token).await);
    assert!(used_before(&service, &token).await);
    clock.advance(Duration::from_secs(3600));
    assert!(used_before(&service, &token).await, "as long as a verifier could accept it");
}

#[tokio::test]
async fn other_tokens_are_new() {
    let service = says(&in_memory(&clock()));
    assert!(!used_before(&service, &token("1:1234567890:web:a")).await);
    assert!(!used_before(&service, &token("1:1234567890:web:b")).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_10_000_concurrent_calls_with_one_token_one_is_the_first() {
    let service = says(&in_memory(&clock()));
    let token = Arc::new(token("1:1234567890:web:a"));
    let calls: Vec<_> = (0..10_000)
        .map(|_| {
            let (service, token) = (service.clone(), Arc::clone(&token));
            tokio::spawn(async move { used_before(&service, &token).await })
        })
        .collect();
    let mut first = 0;
    for call in calls {
        first += u32::from(!call.await.unwrap());
    }
    assert_eq!(first, 1);
}
