//! Where a function has its keys from: its package, a mirror, the issuer. With the release binaries, S3 with IAM, issuers
//! that are silent, and a network without a way out.

mod a_day;
mod baked;
mod mirror;
mod no_way_out;

use serde_json::{Value, json};
use shared::testing::TestKeys;

use crate::support::{
    PROJECT, event::Event, key_issuer::KeyIssuer, now, process::Process, runtime_api::RuntimeApi,
};

const UNAUTHENTICATED: &str =
    r#"{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#;
const UNAVAILABLE: &str = r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#;
const HOUR: i64 = 3600;

/// A call with a token that is signed with these keys.
fn call(keys: &TestKeys) -> Event {
    let token = keys.id_token(PROJECT, "ada", now()).sign();
    Event::function_url(r#"{"data":{"text":"x"}}"#).bearer(&token)
}

/// A copy of the set with these keys at `source`.
fn copy(source: &str, fetched_at: i64, keys: &[&TestKeys]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|keys| keys.jwk()).collect();
    json!({ "source": source, "fetched_at": fetched_at, "max_age": 6 * HOUR, "keys": keys })
}

/// The status of a call, and where the key that verified its token is from.
async fn outcome(api: &RuntimeApi, function: &Process, event: &Event) -> (u64, Option<String>) {
    let answer = api.answer(event).await;
    match answer.status {
        401 => assert_eq!(answer.body, UNAUTHENTICATED),
        503 => assert_eq!(answer.body, UNAVAILABLE),
        _ => assert_eq!(answer.status, 200, "{}", answer.body),
    }
    let record = function.record_of(&answer.id).await;
    (answer.status, record["spans"][0]["id_token_keys"].as_str().map(str::to_owned))
}

fn from(origin: &str) -> (u64, Option<String>) {
    (200, Some(origin.to_owned()))
}
