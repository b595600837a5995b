//! Callables that consume App Check tokens: what the handler sees, and which calls send a request to Google.

use serde_json::Value;
use shared::{
    Callable, CallableRequest,
    callable::CallableService,
    testing::{Call, authenticator},
};

use super::*;

const APP: &str = "1:1234567890:web:abc";

/// A callable that returns the app and whether its token was used before; null without an app.
fn consumes(google: &MockServer) -> Callable {
    Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.app.as_ref().map(|app| json!([app.app_id(), app.already_consumed()])))
    })
    .consume_app_check_token(consumer(google))
}

async fn google(reply: Reply) -> MockServer {
    MockServer::start(move |_| reply.clone()).await
}

fn consumer(google: &MockServer) -> AppCheckService {
    AppCheckService::at(google.url.clone(), PROJECT, token())
}

fn service(callable: Callable) -> CallableService {
    callable.into_service(authenticator())
}

#[tokio::test]
async fn row_64_the_handler_sees_whether_a_token_was_used_before() {
    for (reply, seen) in [(json!({}), false), (json!({"alreadyConsumed": true}), true)] {
        let google = google((200, reply)).await;
        for enforced in [true, false] {
            let callable = service(consumes(&google).enforce_app_check(enforced));
            let answer = Call::with(1).from_app(APP).to_service(&callable).await;
            assert_eq!(answer.result(), json!([APP, seen]));
        }
        assert_eq!(google.requests().len(), 2, "every call sends a request");
    }
}

#[tokio::test]
async fn if_google_refuses_the_request_an_enforced_callable_is_unavailable() {
    for status in [400, 403, 500, 503] {
        let google = google((status, json!({}))).await;
        let strict = service(consumes(&google).enforce_app_check(true));
        let answer = Call::with(1).from_app(APP).to_service(&strict).await;
        assert_eq!(answer.status, 503, "{status}");
        assert_eq!(answer.error(), json!({"message": "Unavailable", "status": "UNAVAILABLE"}));
        let lax = service(consumes(&google));
        let answer = Call::with(1).from_app(APP).to_service(&lax).await;
        assert_eq!(answer.result(), json!(null), "{status}: as without a token");
    }
}

#[tokio::test]
async fn a_token_is_used_up_only_by_a_call_whose_tokens_and_body_are_valid() {
    let google = google((200, json!({}))).await;
    let strict = service(consumes(&google).enforce_app_check(true));
    let expired = TestKeys::shared().app_check_token(PROJECT, "1234567890", APP, NOW - 7200).sign();
    let refused = [
        ("no token", Call::with(1), 401),
        ("expired", Call::with(1).header("x-firebase-appcheck", &expired), 401),
        ("a bad ID token", Call::with(1).from_app(APP).bearer("forged"), 401),
        ("a bad body", Call::raw("{").from_app(APP), 400),
    ];
    for (name, call, status) in refused {
        assert_eq!(call.to_service(&strict).await.status, status, "{name}");
    }
    let callable = Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.app.map(|app| app.already_consumed()))
    });
    let plain = service(callable);
    let answer = Call::with(1).from_app(APP).to_service(&plain).await;
    assert_eq!(answer.result(), json!(null), "the callable does not consume tokens");
    assert_eq!(google.requests().len(), 0);
}
