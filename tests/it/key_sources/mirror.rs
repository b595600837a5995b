//! The mirror: `keyMirror` writes it to S3, functions read it. moto checks signatures and policies.

use super::*;
use crate::support::{
    bucket::{BUCKET, Bucket, User},
    process::{key_mirror, shipped},
};

/// The event that the schedule in `functions/key-mirror/template.yaml` sends.
pub(super) fn scheduled() -> String {
    let template = crate::support::read("functions/key-mirror/template.yaml");
    let (_, input) = template.split_once("Input: '").unwrap();
    input.split('\'').next().unwrap().to_owned()
}

pub(super) fn variables<'v>(bucket: &'v Bucket, user: &'v User) -> Vec<(&'v str, &'v str)> {
    vec![
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_KEYS_MIRROR", "s3://my-keys/firebase-keys"),
        ("AWS_ENDPOINT_URL_S3", bucket.url()),
        ("AWS_ACCESS_KEY_ID", &user.key_id),
        ("AWS_SECRET_ACCESS_KEY", &user.secret),
    ]
}

/// Lets `keyMirror` write the keys that the issuers at these addresses have; returns the ages that it reports.
pub(super) async fn mirror(
    bucket: &Bucket,
    user: &User,
    id_tokens: &str,
    app_check: &str,
) -> (Value, Process) {
    let api = RuntimeApi::start().await;
    let mut all = variables(bucket, user);
    all.push(("FIREBASE_ID_TOKEN_KEYS_URL", id_tokens));
    all.push(("FIREBASE_APP_CHECK_KEYS_URL", app_check));
    let process = api.function(key_mirror(), &all);
    let reply = api.reply(&scheduled(), crate::support::runtime_api::Deadline::Absurd).await;
    assert!(!reply.failed, "{}", String::from_utf8_lossy(&reply.body));
    let answer = reply.into_answer();
    assert_eq!(answer.status, 200, "{}", answer.body);
    (serde_json::from_str(&answer.body).unwrap(), process)
}

struct Users {
    bucket: Bucket,
    writer: User,
    reader: User,
}

/// Users with the rights that the template gives to `keyMirror` and to the functions.
async fn users() -> Users {
    assert_eq!(BUCKET, "my-keys");
    let bucket = Bucket::start().await;
    let writer = bucket.user("writer", "s3:*", "firebase-keys/*").await;
    let reader = bucket.user("reader", "s3:GetObject", "firebase-keys/*").await;
    bucket.check_callers().await;
    Users { bucket, writer, reader }
}

fn function(api: &RuntimeApi, users: &Users, issuer: &str) -> Process {
    let mut all = variables(&users.bucket, &users.reader);
    all.push(("FIREBASE_ID_TOKEN_KEYS_URL", issuer));
    api.function(shipped(), &all)
}

#[tokio::test]
async fn what_the_mirror_function_writes_verifies_tokens_where_the_issuer_does_not_answer() {
    let (first, second) = (TestKeys::shared(), TestKeys::fresh("second"));
    let issuer = KeyIssuer::of(&[&first]).await;
    let users = users().await;
    let (ages, _) = mirror(&users.bucket, &users.writer, &issuer.url, &issuer.url).await;
    assert_eq!(ages["id-token"], 0, "{ages}");

    // The function knows the issuer by the address that the copy has as its source, and does not ask it.
    let api = RuntimeApi::start().await;
    let process = function(&api, &users, &issuer.url);
    assert_eq!(outcome(&api, &process, &call(&first)).await, from("mirror"));
    assert_eq!(issuer.requests(), 2, "by the mirror function, for both sets");

    // A rotation: the mirror function learns of it, the function reads the mirror when it sees the new key.
    issuer.now_has(&[&second]);
    let began = now();
    while now() == began {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await; // copies have times in seconds
    }
    mirror(&users.bucket, &users.writer, &issuer.url, &issuer.url).await;
    assert_eq!(outcome(&api, &process, &call(&second)).await, from("mirror"));
    assert_eq!(issuer.requests(), 4, "the function has not asked the issuer");
}

#[tokio::test]
async fn only_the_mirror_function_may_write() {
    let keys = TestKeys::shared();
    let issuer = KeyIssuer::of(&[&keys]).await;
    let users = users().await;
    let (ages, process) = mirror(&users.bucket, &users.reader, &issuer.url, &issuer.url).await;
    assert_eq!(ages, json!({ "id-token": null, "app-check": null }));
    let refused = process.record_with("key set not mirrored").await;
    assert_eq!(refused["outcome"], "S3: status 403");
    // What the alarm in the template reads.
    let line = process.record_with("key copy").await;
    assert_eq!((&line["message"], &line["age_s"]), (&json!("key copy"), &json!(u32::MAX)));
}

#[tokio::test]
async fn a_wrong_signature_leads_to_the_issuer() {
    let keys = TestKeys::shared();
    let issuer = KeyIssuer::of(&[&keys]).await;
    let mut users = users().await;
    mirror(&users.bucket, &users.writer, &issuer.url, &issuer.url).await;
    let other = if users.reader.secret.starts_with('a') { "b" } else { "a" };
    users.reader.secret.replace_range(..1, other);
    let api = RuntimeApi::start().await;
    let process = function(&api, &users, &issuer.url);
    assert_eq!(outcome(&api, &process, &call(&keys)).await, from("issuer"));
    let refused = process.record_with("key mirror not used").await;
    assert_eq!(refused["outcome"], "status 403");
}

#[tokio::test]
async fn a_set_whose_issuer_does_not_answer_keeps_its_copy_and_the_log_says_how_old_it_is() {
    let keys = TestKeys::shared();
    let issuer = KeyIssuer::of(&[&keys]).await;
    let users = users().await;
    mirror(&users.bucket, &users.writer, &issuer.url, &issuer.url).await;
    let nowhere = crate::support::key_server::KeyServer::nowhere().await;
    let (ages, process) = mirror(&users.bucket, &users.writer, &nowhere, &issuer.url).await;
    assert!(ages["id-token"].is_u64() && ages["app-check"] == 0, "{ages}");
    process.line_with("key set not mirrored").await;
}

#[tokio::test]
async fn no_line_of_either_function_shows_credentials_or_a_token() {
    let keys = TestKeys::shared();
    let issuer = KeyIssuer::of(&[&keys]).await;
    let users = users().await;
    let api = RuntimeApi::start().await;
    let mut all = variables(&users.bucket, &users.reader);
    let level = [("AWS_LAMBDA_LOG_LEVEL", "TRACE"), ("AWS_SESSION_TOKEN", "session-secret")];
    all.extend(level);
    all.push(("FIREBASE_ID_TOKEN_KEYS_URL", &issuer.url));
    let process = api.function(shipped(), &all);
    let event = call(&keys);
    let answer = api.answer(&event).await;
    process.record_of(&answer.id).await;
    let output = process.output();
    assert!(output.contains("key mirror"), "{output}");
    for secret in [&users.reader.secret, &users.reader.key_id, "session-secret", "Signature="] {
        assert!(!output.contains(secret), "{secret}");
    }
}
