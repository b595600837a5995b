//! State that a test replaces by a fake, and the same function on DynamoDB.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use serde_json::{Value, json};
use shared::{
    Callable,
    testing::{Call, authenticator},
};

use self::program::{Note, Notes, create_note};
use crate::support::{
    plain_server::{PlainServer, call, until},
    process::example,
    secrets_manager::{SecretsManager, aws},
    token,
};

#[path = "../../examples/handlers_notes.rs"]
#[allow(dead_code, reason = "its main runs in a process of its own")]
mod program;

#[derive(Default)]
struct InMemory(Mutex<BTreeSet<Note>>);

impl Notes for InMemory {
    async fn add(&self, note: &Note) -> anyhow::Result<bool> {
        anyhow::ensure!(note.text != "fail", "the disk is full");
        Ok(self.0.lock().unwrap().insert(note.clone()))
    }
}

#[tokio::test]
async fn a_note_is_stored_once() {
    let notes = Arc::new(InMemory::default());
    let service = Callable::with(notes.clone(), create_note).into_service(authenticator());
    let call = Call::with(json!({"id": "n1", "text": "milk"})).signed_in("ada");
    assert_eq!(call.clone().to_service(&service).await.result()["owner"], "ada");
    assert_eq!(call.to_service(&service).await.error()["status"], "ALREADY_EXISTS");
    assert_eq!(notes.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_that_fails_is_unavailable_for_the_client() {
    let callable = Callable::with(Arc::new(InMemory::default()), create_note);
    let call = Call::with(json!({"id": "n1", "text": "fail"})).signed_in("ada");
    let error = call.to(callable).await.error();
    assert_eq!(error, json!({"message": "try again", "status": "UNAVAILABLE"}));
}

async fn create_table(dynamodb: &Client) {
    let text = ScalarAttributeType::S;
    let mut table = dynamodb.create_table().table_name("notes");
    for (name, kind) in [("owner", KeyType::Hash), ("id", KeyType::Range)] {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        let attribute = attribute.attribute_type(text.clone()).build().unwrap();
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        table = table.attribute_definitions(attribute).key_schema(key);
    }
    table.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
}

/// Starts the function of the example with this DynamoDB.
async fn start(url: &str) -> PlainServer {
    let variables = [
        ("NOTES_TABLE", "notes"),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    PlainServer::start(example("handlers_notes"), &variables).await
}

async fn create(server: &PlainServer, text: &str) -> Value {
    let headers = format!("authorization: Bearer {}\r\n", token("ada"));
    let data = json!({"id": "n1", "text": text}).to_string();
    let mut stream = server.send(call(&data, &headers)).await;
    let answer = until(&mut stream, "}}").await;
    serde_json::from_str(answer.rsplit("\r\n").next().unwrap()).unwrap()
}

#[tokio::test]
async fn the_function_stores_a_note_in_dynamodb() {
    let moto = SecretsManager::start().await;
    let dynamodb = Client::new(aws(&moto.url).config().await);
    create_table(&dynamodb).await;
    let server = start(&moto.url).await;
    let stored = json!({"owner": "ada", "id": "n1", "text": "milk"});
    assert_eq!(create(&server, "milk").await, json!({ "result": stored }));
    assert_eq!(create(&server, "bread").await["error"]["status"], "ALREADY_EXISTS");
    let items = dynamodb.scan().table_name("notes").send().await.unwrap();
    let items: Vec<Value> = serde_dynamo::from_items(items.items().to_vec()).unwrap();
    assert_eq!(items, [stored]);
}

#[tokio::test]
async fn a_missing_table_is_one_sentence_in_the_log() {
    let moto = SecretsManager::start().await;
    let server = start(&moto.url).await;
    let error = json!({"message": "try again", "status": "UNAVAILABLE"});
    assert_eq!(create(&server, "milk").await, json!({ "error": error }));
    let record = server.process.record_with("callable finished").await;
    let cause = record["error"].as_str().unwrap();
    assert!(cause.starts_with("NOTES_TABLE cannot be written: there is no table"), "{cause}");
}
