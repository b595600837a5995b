//! The AWS SDK on our HTTPS client, against a simulation of AWS on this machine: tables, secrets and parameters, and
//! what the operator reads if they cannot be used.

use std::{sync::Arc, time::Duration};

use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::{
    Client as DynamoDb,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType,
    },
};
use aws_sdk_ssm::{Client as Parameters, types::ParameterType};
use firebase_callable_aws::{AwsError, Secret, secrets::Secrets};
use serde_json::json;
use shared::testing::{FixedClock, MockServer, NOW, nowhere};

use crate::support::{
    cargo_tree,
    secrets_manager::{SecretsManager, aws, failing},
};

const TABLE: &str = "notes";

async fn create_table(dynamodb: &DynamoDb) {
    let id = || "id".to_owned();
    let attribute = AttributeDefinition::builder()
        .attribute_name(id())
        .attribute_type(ScalarAttributeType::S)
        .build();
    let key = KeySchemaElement::builder().attribute_name(id()).key_type(KeyType::Hash).build();
    dynamodb
        .create_table()
        .table_name(TABLE)
        .attribute_definitions(attribute.unwrap())
        .key_schema(key.unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

async fn put(dynamodb: &DynamoDb, id: &str, text: &str) -> Result<(), AwsError> {
    let put = dynamodb.put_item().table_name(TABLE);
    let put = put.item("id", AttributeValue::S(id.to_owned()));
    put.item("text", AttributeValue::S(text.to_owned())).send().await?;
    Ok(())
}

async fn get(dynamodb: &DynamoDb, id: &str) -> Result<Option<String>, AwsError> {
    let get = dynamodb.get_item().table_name(TABLE);
    let item = get.key("id", AttributeValue::S(id.to_owned())).send().await?.item;
    Ok(item.and_then(|mut item| item.remove("text")?.as_s().ok().cloned()))
}

#[tokio::test]
async fn a_table_is_written_and_read_over_our_client() {
    let simulated = SecretsManager::start().await;
    let dynamodb = DynamoDb::new(aws(&simulated.url).config().await);
    let missing = put(&dynamodb, "1", "not-to-be-seen").await.unwrap_err();
    assert_eq!(missing, AwsError::Missing);
    create_table(&dynamodb).await;
    let large = "x".repeat(300 << 10);
    put(&dynamodb, "1", &large).await.unwrap();
    assert_eq!(get(&dynamodb, "1").await.unwrap().as_deref(), Some(large.as_str()));
    assert_eq!(get(&dynamodb, "2").await.unwrap(), None);
}

#[tokio::test]
async fn each_failure_of_a_table_is_one_sentence() {
    let config = async |url: &str| aws(url).config().await.clone();
    let slow = MockServer::start(|_| (0, json!({}))).await;
    let soon = TimeoutConfig::builder().operation_timeout(Duration::from_millis(20)).build();
    let slow = config(&slow.url.to_string()).await.into_builder().timeout_config(soon).build();
    let failing = async |code| config(&failing(400, code).await).await;
    for (config, sentence, is_transient) in [
        (failing("ResourceNotFoundException").await, "there is no table, or other resource", false),
        (failing("AccessDeniedException").await, "the function's role may not do this", false),
        (
            failing("ThrottlingException").await,
            "AWS throttles requests (ThrottlingException)",
            true,
        ),
        (
            failing("ProvisionedThroughputExceededException").await,
            "AWS throttles requests (ProvisionedThroughputExceededException)",
            true,
        ),
        (failing("ValidationException").await, "AWS answers ValidationException", false),
        (failing("InternalServerError").await, "AWS answers InternalServerError", true),
        (failing("ExpiredTokenException").await, "AWS does not accept the credentials", false),
        (config(&nowhere().await.to_string()).await, "AWS cannot be reached: cannot connect", true),
        (slow, "AWS does not answer in time", true),
    ] {
        let error = put(&DynamoDb::new(&config), "1", "not-to-be-seen").await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(sentence) && !text.contains('\n'), "{text}");
        assert!(!text.contains("not-to-be-seen"), "{text}");
        assert_eq!(error.is_transient(), is_transient, "{text}");
    }
}

async fn text(secret: &Secret) -> String {
    secret.get().await.unwrap().expose().to_owned()
}

async fn put_parameter(parameters: &Parameters, text: &str) {
    let put = parameters.put_parameter().name("/payment/key").value(text);
    put.r#type(ParameterType::SecureString).overwrite(true).send().await.unwrap();
}

#[tokio::test]
async fn secrets_and_parameters_of_ones_own_are_read_and_rotated() {
    let manager = SecretsManager::start().await;
    manager.create("payment", r#"{"live": "first"}"#).await;
    let parameters = Parameters::new(aws(&manager.url).config().await);
    put_parameter(&parameters, "first").await;

    let clock = FixedClock::at(NOW.unsigned_abs());
    let secrets = Secrets::new(aws(&manager.url), Arc::new(clock.clone()));
    let member = secrets.named("MEMBER", "payment#live").unwrap();
    let parameter = secrets.named("PARAMETER", "ssm:/payment/key").unwrap();
    assert_eq!((text(&member).await, text(&parameter).await), ("first".into(), "first".into()));

    manager.put("payment", r#"{"live": "second"}"#).await;
    put_parameter(&parameters, "second").await;
    clock.advance(Duration::from_secs(200));
    assert_eq!((text(&member).await, text(&parameter).await), ("first".into(), "first".into()));
    clock.advance(Duration::from_secs(100));
    assert_eq!((text(&member).await, text(&parameter).await), ("second".into(), "second".into()));

    let other = secrets.named("OTHER", "ssm:/payment/other").unwrap().get().await.unwrap_err();
    let sentence = "the secret of OTHER cannot be used: there is no parameter of this name";
    assert!(other.to_string().starts_with(sentence), "{other}");
}

/// With the SDK's own HTTP client, a program would link HTTP/2 and a second list of certificates.
#[test]
fn a_program_with_the_aws_sdk_links_one_tls_stack() {
    for package in ["firebase-callable-aws", "firebase-callable-guards"] {
        let crates = cargo_tree("normal", &["--package", package]);
        let versions = |name: &str| {
            crates.iter().filter(|krate| krate.split(' ').next() == Some(name)).count()
        };
        for name in ["rustls", "aws-lc-rs", "hyper", "hyper-rustls", "http", "tokio"] {
            assert_eq!(versions(name), 1, "{package}: {name}");
        }
        for name in ["h2", "ring", "native-tls", "rustls-native-certs", "aws-smithy-http-client"] {
            assert_eq!(versions(name), 0, "{package}: {name}");
        }
    }
}
