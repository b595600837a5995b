//! App Check tokens that are marked as used: what the handler sees, and when the consumer is asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    AppCheckData,
    callable::{AppCheckConsumer, SourceError},
    net::BoxFuture,
    testing::{NOW, PROJECT, TestKeys},
};

const APP: &str = "1:1234567890:web:abc";

/// Gives the same answer about every token, and counts how often it is asked.
#[derive(Debug, Clone)]
struct Consumer {
    answer: Result<bool, &'static str>,
    asked: Arc<AtomicUsize>,
}

impl AppCheckConsumer for Consumer {
    fn consume<'a>(&'a self, app: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>> {
        assert_eq!((app.app_id(), app.already_consumed()), (APP, None));
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { self.answer.map_err(Into::into) })
    }
}

fn consumer(answer: Result<bool, &'static str>) -> Consumer {
    Consumer { answer, asked: Arc::default() }
}

/// Returns the app and whether its token was used before, or null for a call without an app.
fn consumes(consumer: &Consumer) -> Callable {
    Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.app.as_ref().map(|app| json!([app.app_id(), app.already_consumed()])))
    })
    .consume_app_check_token(consumer.clone())
}

#[tokio::test]
async fn row_64_the_handler_sees_whether_a_token_was_used_before() {
    for seen in [false, true] {
        let consumer = consumer(Ok(seen));
        for enforced in [true, false] {
            let callable = consumes(&consumer).enforce_app_check(enforced);
            let answer = Call::with(1).from_app(APP).to(callable).await;
            assert_eq!(answer.result(), json!([APP, seen]));
        }
        assert_eq!(consumer.asked.load(Ordering::SeqCst), 2, "the consumer is asked once per call");
    }
}

#[tokio::test]
async fn if_the_consumer_fails_an_enforced_callable_is_unavailable() {
    let down = consumer(Err("is down"));
    let answer = Call::with(1).from_app(APP).to(consumes(&down).enforce_app_check(true)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.error(), json!({"message": "Unavailable", "status": "UNAVAILABLE"}));
    let answer = Call::with(1).from_app(APP).to(consumes(&down)).await;
    assert_eq!(answer.result(), json!(null), "counts as a missing token");
}

#[tokio::test]
async fn a_token_is_marked_as_used_only_if_both_tokens_are_accepted() {
    let consumer = consumer(Ok(false));
    let strict = || consumes(&consumer).enforce_app_check(true);
    let expired = TestKeys::shared().app_check_token(PROJECT, "1234567890", APP, NOW - 7200).sign();
    let refused = [
        ("no token", Call::with(1), 401),
        ("expired", Call::with(1).header("x-firebase-appcheck", &expired), 401),
        ("a bad ID token", Call::with(1).from_app(APP).bearer("forged"), 401),
        ("a bad body", Call::raw("{").from_app(APP), 400),
    ];
    for (name, call, status) in refused {
        assert_eq!(call.to(strict()).await.status, status, "{name}");
    }
    let plain = Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.app.map(|app| app.already_consumed()))
    });
    let answer = Call::with(1).from_app(APP).to(plain).await;
    assert_eq!(answer.result(), json!(null), "unknown without a consumer");
    assert_eq!(consumer.asked.load(Ordering::SeqCst), 0);
}
