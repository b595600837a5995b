//! The signing key in AWS Secrets Manager, read by the real AWS SDK: its rotation, and what the operator and the client
//! see if it cannot be used.

use std::{sync::Arc, time::Duration};

use firebase_callable_clerk::testing::ClerkTestKeys;
use firebase_callable_google::{Signers, aws::ServiceAccount};
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    testing::{FixedClock, NOW, TestKeys},
};

use crate::support::{
    PROJECT,
    event::Event,
    key_server::KeyServer,
    now,
    process::Process,
    runtime_api::RuntimeApi,
    secrets_manager::{
        ISSUER, PARTY, SECRET, SecretsManager, aws, failing, service_account, start_exchange,
    },
};

const UNAVAILABLE: &str = r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#;

fn call() -> Event {
    let token = TestKeys::shared().clerk_session(ISSUER, PARTY, "user_ada", now()).sign();
    let body = json!({ "data": { "clerkToken": token } });
    Event::function_url(&body.to_string())
}

fn function(api: &RuntimeApi, secrets: &str, more: &[(&str, &str)]) -> Process {
    start_exchange(api, &[], secrets, more)
}

#[tokio::test]
async fn a_problem_with_the_secret_is_one_sentence_in_the_log_and_503_for_the_client() {
    let manager = SecretsManager::start().await;
    let with = |field: &str, value: Value| {
        let mut account = service_account();
        account[field] = value;
        account.to_string()
    };
    let secrets = [
        ("missing", None, "there is no secret of this name"),
        ("malformed", Some("not-to-be-seen".to_owned()), "it is not a JSON object"),
        (
            "no email",
            Some(with("client_email", json!(null))),
            "its field client_email is not a string",
        ),
        (
            "wrong key",
            Some(with("private_key", json!(TestKeys::shared().public_key_pem()))),
            "its field private_key is not exactly one PEM block of a private key",
        ),
        (
            "other project",
            Some(with("project_id", json!("not-to-be-seen"))),
            "its field project_id is not the project of FIREBASE_PROJECT_ID",
        ),
        ("binary", None, "it is binary: store it as text"),
    ];
    manager.create_binary("binary").await;
    for (name, text, sentence) in secrets {
        if let Some(text) = text {
            manager.create(name, &text).await;
        }
        let api = RuntimeApi::start().await;
        let secret = ("FIREBASE_SERVICE_ACCOUNT_SECRET", name);
        expect_unavailable(name, &api, function(&api, &manager.url, &[secret]), sentence).await;
    }
    for (status, error, sentence) in [
        (400, "AccessDeniedException", "allow secretsmanager:GetSecretValue"),
        (400, "ThrottlingException", "Secrets Manager throttles"),
        (400, "DecryptionFailure", "it cannot be decrypted"),
        (400, "InvalidRequestException", "is being deleted"),
        (500, "InternalServiceError", "Secrets Manager answers InternalServiceError"),
    ] {
        let api = RuntimeApi::start().await;
        let url = failing(status, error).await;
        expect_unavailable(error, &api, function(&api, &url, &[]), sentence).await;
    }
    let api = RuntimeApi::start().await;
    let nowhere = KeyServer::nowhere().await;
    let function = function(&api, &nowhere, &[]);
    expect_unavailable("down", &api, function, "Secrets Manager cannot be reached").await;
}

async fn expect_unavailable(name: &str, api: &RuntimeApi, mut process: Process, sentence: &str) {
    // At start, before any call.
    let line =
        process.line_with("the secret of FIREBASE_SERVICE_ACCOUNT_SECRET cannot be used").await;
    assert!(line.contains(sentence) && line.contains("ERROR"), "{name}: {line}");
    // Every call is answered, too.
    for _ in 0..2 {
        let answer = api.answer(&call()).await;
        assert_eq!((answer.status, answer.body.as_str()), (503, UNAVAILABLE), "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PARTY), "{name}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}");
    }
    assert!(process.is_running());
    let output = process.output();
    assert!(
        !output.contains("not-to-be-seen") && !output.contains("PUBLIC KEY"),
        "{name}: {output}"
    );
}

#[tokio::test]
async fn a_good_secret_is_read_at_the_start_and_signs() {
    let manager = SecretsManager::start().await;
    manager.create(SECRET, &service_account().to_string()).await;
    let api = RuntimeApi::start().await;
    let process = function(&api, &manager.url, &[]);
    let answer = api.answer(&call()).await;
    assert_eq!(answer.status, 200, "{} {}", answer.body, process.output());
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["result"]["expiresIn"], 60);
}

#[tokio::test]
async fn no_log_level_shows_a_key_or_a_token() {
    let manager = SecretsManager::start().await;
    manager.create(SECRET, &service_account().to_string()).await;
    let api = RuntimeApi::start().await;
    let process = function(&api, &manager.url, &[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]);
    assert_eq!(api.answer(&call()).await.status, 200);
    let bad = Event::function_url(r#"{"data":{"clerkToken":"eyJub3QtdG8tYmUtc2VlbiI6MX0.e.f"}}"#);
    assert_eq!(api.answer(&bad).await.status, 401);
    process.line_with("clerk session refused").await;
    let output = process.output();
    assert!(output.contains("callable request verification"), "DEBUG lines are logged");
    let key = TestKeys::shared().private_key_pem();
    let key = key.lines().nth(3).unwrap();
    for secret in ["PRIVATE", "eyJ", "iam.gserviceaccount.com", "user_ada", key] {
        assert!(!output.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn names_the_missing_or_wrong_variable_before_the_first_poll() {
    for (name, value, sentence) in [
        (
            "FIREBASE_SERVICE_ACCOUNT_SECRET",
            "",
            "FIREBASE_SERVICE_ACCOUNT_SECRET is not set: set it to",
        ),
        ("CLERK_ISSUER", "", "CLERK_ISSUER is not set: set it to"),
        ("CLERK_AUTHORIZED_PARTIES", "", "CLERK_AUTHORIZED_PARTIES is not set: set it to"),
        ("CLERK_JWT_KEY", "x", "CLERK_JWT_KEY cannot be used: it is not exactly one PEM block"),
        ("ALLOWED_ORIGINS", "*", "ALLOWED_ORIGINS does not list the origins"),
    ] {
        let api = RuntimeApi::start().await;
        let mut process = function(&api, "http://127.0.0.1:1", &[(name, value)]);
        assert_eq!(process.end().await.code(), Some(1), "{name}");
        process.line_with(sentence).await;
        assert_eq!(api.polls(), 0, "{name}");
    }
}

#[tokio::test]
async fn clerks_key_set_is_fetched_from_its_own_url_and_without_it_the_answer_is_503() {
    let manager = SecretsManager::start().await;
    manager.create(SECRET, &service_account().to_string()).await;
    let nowhere = KeyServer::nowhere().await;
    let keys = KeyServer::start().await;
    for (url, status) in [(nowhere.as_str(), 503), (keys.url.as_str(), 200)] {
        let api = RuntimeApi::start().await;
        let fetched = [("CLERK_JWT_KEY", ""), ("CLERK_JWKS_URL", url)];
        let _process = function(&api, &manager.url, &fetched);
        assert_eq!(api.answer(&call()).await.status, status, "{url}");
    }
}

#[tokio::test]
async fn a_rotated_secret_is_used_after_five_minutes_and_an_old_one_for_an_hour_of_outage() {
    let manager = SecretsManager::start().await;
    manager.create(SECRET, &service_account().to_string()).await;
    let clock = FixedClock::at(NOW.unsigned_abs());
    let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let account = ServiceAccount::new(aws(&manager.url), SECRET, PROJECT, shared_clock);
    let email = async || account.signer().await.map(|signer| signer.email().to_owned());
    let first = "callables@my-app.iam.gserviceaccount.com";
    assert_eq!(email().await.as_deref(), Ok(first));

    let mut rotated = service_account();
    rotated["client_email"] = json!("rotated@my-app.iam.gserviceaccount.com");
    manager.put(SECRET, &rotated.to_string()).await;
    assert_eq!(email().await.as_deref(), Ok(first), "within five minutes");
    clock.advance(Duration::from_secs(300));
    let second = "rotated@my-app.iam.gserviceaccount.com";
    assert_eq!(email().await.as_deref(), Ok(second));

    drop(manager); // the endpoint goes down
    clock.advance(Duration::from_secs(3599));
    assert_eq!(email().await.as_deref(), Ok(second), "for an hour");
    clock.advance(Duration::from_secs(5));
    let error = email().await.unwrap_err().to_string();
    let reason =
        "cannot be used: Secrets Manager cannot be reached: cannot connect: connection refused";
    assert!(error.contains(reason), "{error}");
}
