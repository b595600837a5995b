//! A function with its own configuration and a secret, which calls a payment service.

use serde_json::{Value, json};
use shared::testing::MockServer;

use crate::support::{
    plain_server::{PlainServer, call, until},
    process::example,
    secrets_manager::SecretsManager,
    token,
};

const KEY: &str = "sk-not-to-be-seen";

async fn pay(server: &PlainServer, euros: u32) -> Value {
    let headers = format!("authorization: Bearer {}\r\n", token("ada"));
    let mut stream = server.send(call(&json!({ "euros": euros }).to_string(), &headers)).await;
    let answer = until(&mut stream, "}}").await;
    serde_json::from_str(answer.rsplit("\r\n").next().unwrap()).unwrap()
}

#[tokio::test]
async fn the_service_gets_the_key_and_neither_the_client_nor_the_log_sees_it() {
    let service = MockServer::start(|request| {
        let order: Value = serde_json::from_slice(request.body()).unwrap();
        match order["euros"].as_u64().unwrap() {
            3 => (200, json!({"number": "r1"})),
            4 => (200, json!({})),
            _ => (402, json!({"card": "4111"})),
        }
    })
    .await;
    let moto = SecretsManager::start().await;
    moto.create("payment-key", KEY).await;
    let variables = [
        ("PAYMENT_URL", &*service.url.uri().to_string()),
        ("PAYMENT_LIMIT", "50"),
        ("PAYMENT_KEY_SECRET", "payment-key"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("AWS_ENDPOINT_URL", &moto.url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let server = PlainServer::start(example("handlers_payments"), &variables).await;
    assert_eq!(pay(&server, 3).await, json!({"result": {"number": "r1"}}));
    assert_eq!(pay(&server, 51).await["error"]["status"], "OUT_OF_RANGE");
    let internal = json!({"message": "INTERNAL", "status": "INTERNAL"});
    assert_eq!(pay(&server, 4).await, json!({ "error": internal }));
    let refused = json!({"message": "payments are not possible now", "status": "UNAVAILABLE"});
    assert_eq!(pay(&server, 5).await, json!({ "error": refused }));

    let sent = &service.requests()[0];
    assert_eq!(sent.headers()["authorization"], format!("Bearer {KEY}"));
    assert_eq!(sent.body(), &json!({"payer": "ada", "euros": 3}).to_string());
    server.process.line_with("402 Payment Required").await;
    let output = server.process.output();
    for hidden in [KEY, "4111", "Bearer"] {
        assert!(!output.contains(hidden), "{hidden}: {output}");
    }
}

#[tokio::test]
async fn the_start_names_every_variable_that_is_missing() {
    let mut process = crate::support::process::Process::start(
        example("handlers_payments"),
        &[("FIREBASE_PROJECT_ID", "my-app"), ("PORT", "0")],
    );
    assert_eq!(process.end().await.code(), Some(1));
    process.line_with("PAYMENT_URL is not set: set it to the address of the payment service").await;
    process.line_with("PAYMENT_KEY_SECRET is not set").await;
}
