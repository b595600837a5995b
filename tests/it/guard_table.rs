//! The guards on a DynamoDB table, through the real AWS SDK. More of their behaviour is tested in `crates/guards`, on a
//! table in memory; here, that DynamoDB's conditions mean the same.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};
use shared::{
    Callable, CallableRequest, HttpsError,
    callable::CallableService,
    clock::SystemClock,
    testing::{Answer, Call, NOW, PROJECT, PROJECT_NUMBER, TestKeys, authenticator},
};

use crate::support::secrets_manager::{SecretsManager, aws, failing, one_at_a_time};

/// As many as moto serves in a few seconds.
const CALLS: usize = 200;
/// How many of them run at once. moto serves one after the other, and a guard waits for a second.
const AT_ONCE: usize = 8;

/// A table of this name, whose key is `pk` unless told otherwise.
async fn table(moto: &SecretsManager, name: &str, key: &str) -> Guards {
    let config = aws(&moto.url).config().await.clone();
    let attribute = AttributeDefinition::builder().attribute_name(key);
    let schema = KeySchemaElement::builder().attribute_name(key).key_type(KeyType::Hash);
    Client::new(&config)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute.attribute_type(ScalarAttributeType::S).build().unwrap())
        .key_schema(schema.build().unwrap())
        .send()
        .await
        .unwrap();
    let config = aws(&one_at_a_time(&moto.url).await).config().await.clone();
    Guards::on_table(&config, name.to_owned(), Arc::new(SystemClock::new()))
}

/// Counts its runs, and returns the number of the run and what App Check said.
fn counting(runs: &Arc<AtomicU32>) -> Callable {
    Callable::with(
        Arc::clone(runs),
        async |runs: Arc<AtomicU32>, request: CallableRequest<Value>| {
            let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
            if request.data["fail"] == true {
                return Err(HttpsError::not_found("no"));
            }
            let used = request.app.and_then(|app| app.already_consumed());
            Ok(json!({"run": run, "used": used, "text": request.data["text"]}))
        },
    )
}

/// Sends these calls, [`AT_ONCE`] at a time.
async fn at_once(service: &CallableService, calls: impl Iterator<Item = Call>) -> Vec<Answer> {
    let mut calls = calls.map(|call| call.to_service(service));
    let (mut running, mut answers) = (FuturesUnordered::new(), Vec::new());
    loop {
        running.extend(calls.by_ref().take(AT_ONCE - running.len()));
        match running.next().await {
            Some(answer) => answers.push(answer),
            None => return answers,
        }
    }
}

#[tokio::test]
async fn duplicates_run_once_and_get_the_kept_answer() {
    let moto = SecretsManager::start().await;
    let guards = table(&moto, "guards", "pk").await;
    let runs = Arc::new(AtomicU32::new(0));
    let key = |data: &Value| data["id"].as_str().map(str::to_owned);
    let service = counting(&runs)
        .guard(guards.once(key, IfUnreachable::Refuse))
        .into_service(authenticator());
    let call =
        |id: usize| Call::with(json!({"id": id.to_string(), "text": "é\u{2028}"})).signed_in("ada");
    let first = at_once(&service, (0..CALLS).map(|number| call(number % 10))).await;
    for answer in first {
        assert!(
            ["ABORTED", "\"run\""].iter().any(|it| answer.text().contains(it)),
            "{}",
            answer.text()
        );
    }
    assert_eq!(runs.load(Ordering::SeqCst), 10);
    let mut kept = Vec::new();
    for number in 0..20 {
        let answer = call(number % 10).to_service(&service).await;
        kept.push(answer.body);
    }
    assert_eq!(kept[..10], kept[10..]);
    assert_eq!(runs.load(Ordering::SeqCst), 10);

    let fails = || Call::with(json!({"id": "f", "fail": true})).signed_in("ada");
    for _ in 0..2 {
        assert_eq!(fails().to_service(&service).await.error()["status"], "NOT_FOUND");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 12, "an error frees the key");
    let other = Call::with(json!({"id": "0"})).signed_in("ada").to_service(&service).await;
    assert_eq!(other.error()["status"], "INVALID_ARGUMENT");
}

#[tokio::test]
async fn of_many_concurrent_calls_the_limit_is_admitted() {
    let moto = SecretsManager::start().await;
    let guards = table(&moto, "guards", "pk").await;
    let runs = Arc::new(AtomicU32::new(0));
    let limit = guards.limit(per_user(50, MINUTE), IfUnreachable::Refuse);
    let service = counting(&runs).guard(limit).into_service(authenticator());
    let answers =
        at_once(&service, (0..CALLS).map(|_| Call::with(json!({})).signed_in("ada"))).await;
    assert_eq!(runs.load(Ordering::SeqCst), 50);
    let refused = answers.iter().filter(|answer| answer.status == 429);
    assert!(refused.clone().all(|answer| answer.error()["details"]["retryAfter"].is_u64()));
    assert_eq!(refused.count(), CALLS - 50);
}

#[tokio::test]
async fn of_many_concurrent_calls_with_one_app_check_token_one_is_the_first() {
    let moto = SecretsManager::start().await;
    let guards = table(&moto, "guards", "pk").await;
    let service = counting(&Arc::default())
        .consume_app_check_token(guards.app_check_tokens(IfUnreachable::Refuse))
        .into_service(authenticator());
    let app = "1:1234567890:web:321abc456def7890";
    let token = TestKeys::shared().app_check_token(PROJECT, PROJECT_NUMBER, app, NOW);
    // The tables' clock is the machine's, by which a token of the tests' fixed time has not expired.
    let token = token.sign();
    let call = || Call::with(json!({})).header("x-firebase-appcheck", &token);
    let answers = at_once(&service, (0..CALLS).map(|_| call())).await;
    let first = answers.iter().filter(|answer| answer.result()["used"] == false);
    assert_eq!(first.count(), 1);
}

#[tokio::test]
async fn a_table_that_cannot_be_used_is_unavailable_for_the_client() {
    let moto = SecretsManager::start().await;
    let config = aws(&moto.url).config().await.clone();
    let missing = Guards::on_table(&config, "absent".to_owned(), Arc::new(SystemClock::new()));
    let wrong_key = table(&moto, "other", "id").await;
    let mut cases = vec![("missing", missing), ("wrong key", wrong_key)];
    for error in ["AccessDeniedException", "ThrottlingException", "InternalServerError"] {
        let config = aws(&failing(400, error).await).config().await.clone();
        let clock = Arc::new(SystemClock::new());
        cases.push((error, Guards::on_table(&config, "guards".to_owned(), clock)));
    }
    for (name, guards) in cases {
        let runs = Arc::default();
        let refused = counting(&runs)
            .guard(guards.once(|_: &Value| Some("a".to_owned()), IfUnreachable::Refuse));
        let answer = Call::with(json!({})).signed_in("ada").to(refused).await;
        assert_eq!(answer.error()["status"], "UNAVAILABLE", "{name}");
        let limit = guards.limit(per_user(1, MINUTE), IfUnreachable::Refuse);
        let answer = Call::with(json!({})).signed_in("ada").to(counting(&runs).guard(limit)).await;
        assert_eq!(answer.error()["status"], "UNAVAILABLE", "{name}");
        assert_eq!(runs.load(Ordering::SeqCst), 0, "{name}");
        let limit = guards.limit(per_user(1, MINUTE), IfUnreachable::Allow);
        let answer = Call::with(json!({})).signed_in("ada").to(counting(&runs).guard(limit)).await;
        assert_eq!(answer.result()["run"], 1, "{name}");
    }
}
