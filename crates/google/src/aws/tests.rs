//! Secrets that are rotated, unreadable or wrong, and the statement of an AWS role, checked by hand.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_lc_rs::{digest, hmac};
use serde_json::Value;
use shared::{
    Redacted,
    clock::Clock,
    net::{BoxFuture, SendError},
    testing::{FixedClock, NOW, PROJECT, TestKeys, nowhere},
};

use super::{cached_secret::CachedSecret, contents::Contents, *};
use crate::{GoogleError, Signers, SubjectTokens, testing::GoogleTestKeys};

/// Reads what it is told to, and counts.
#[derive(Clone)]
struct Scripted {
    answer: Arc<Mutex<Result<Secret, SecretError>>>,
    reads: Arc<AtomicUsize>,
}

impl Scripted {
    fn new(version: &str, text: &str) -> Self {
        let scripted =
            Self { answer: Arc::new(Mutex::new(Err(SecretError::Missing))), reads: Arc::default() };
        scripted.holds(version, text);
        scripted
    }

    fn holds(&self, version: &str, text: &str) {
        let secret = Secret { version: version.to_owned(), text: Redacted(text.to_owned()) };
        *self.answer.lock().unwrap() = Ok(secret);
    }

    fn fails(&self, error: SecretError) {
        *self.answer.lock().unwrap() = Err(error);
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl SecretSource for Scripted {
    fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(async {
            tokio::task::yield_now().await;
            answer
        })
    }
}

/// A secret that must be a number.
fn number(source: impl SecretSource, clock: &FixedClock) -> CachedSecret {
    CachedSecret::new("THE_SECRET", source, parsed, Arc::new(clock.clone()))
}

fn parsed(text: &str) -> Result<Contents, SecretError> {
    let not_a_number = |_| SecretError::Content("it is not a number".to_owned());
    let number: u32 = text.parse().map_err(not_a_number)?;
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let document = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
    let subjects = Arc::new(CallerIdentity::new(aws(None), Arc::clone(&clock)));
    let credentials =
        crate::Credentials::from_json(&document.to_string(), PROJECT, subjects, clock).unwrap();
    Contents::new(credentials, &serde_json::json!({ "number": number }).to_string())
}

/// What a caller gets.
async fn get(secret: &CachedSecret) -> Result<u64, SecretError> {
    let contents = secret.get().await?;
    Ok(contents.member("number").unwrap().as_u64().unwrap())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_secret_is_read_once_for_all_and_again_after_five_minutes() {
    let (source, clock) = (Scripted::new("1", "10"), FixedClock::at(1_800_000_000));
    let secret = number(source.clone(), &clock);
    assert_eq!(source.reads(), 0, "not before it is needed");
    let (one, two) = tokio::join!(get(&secret), get(&secret));
    assert_eq!((one.unwrap(), two.unwrap(), source.reads()), (10, 10, 1));
    clock.advance(seconds(299));
    get(&secret).await.unwrap();
    assert_eq!(source.reads(), 1);
    clock.advance(seconds(1));
    let before = get(&secret).await.unwrap();
    assert_eq!(source.reads(), 2);
    assert_eq!(before, 10);

    source.holds("2", "20");
    clock.advance(seconds(300));
    assert_eq!(get(&secret).await.unwrap(), 20, "a rotation is seen without a restart");
}

#[tokio::test]
async fn what_was_read_outlives_an_outage_of_an_hour() {
    let (source, clock) = (Scripted::new("1", "10"), FixedClock::at(1_800_000_000));
    let secret = number(source.clone(), &clock);
    get(&secret).await.unwrap();
    source.fails(SecretError::Unreachable);
    clock.advance(seconds(3595));
    assert_eq!(get(&secret).await.unwrap(), 10);
    assert_eq!(get(&secret).await.unwrap(), 10);
    assert_eq!(source.reads(), 2, "nobody tries for five seconds after a failure");
    clock.advance(seconds(5));
    assert_eq!(get(&secret).await.unwrap_err(), SecretError::Unreachable);
    source.holds("1", "10");
    assert_eq!(get(&secret).await.unwrap_err(), SecretError::Unreachable, "in the pause");
    clock.advance(seconds(5));
    assert_eq!(get(&secret).await.unwrap(), 10);
}

#[tokio::test]
async fn a_new_version_that_is_wrong_does_not_replace_a_good_one() {
    let (source, clock) = (Scripted::new("1", "10"), FixedClock::at(1_800_000_000));
    let secret = number(source.clone(), &clock);
    get(&secret).await.unwrap();
    source.holds("2", "ten");
    clock.advance(seconds(300));
    assert_eq!(get(&secret).await.unwrap(), 10);
    source.holds("3", "30");
    clock.advance(seconds(5));
    assert_eq!(get(&secret).await.unwrap(), 30);
}

#[tokio::test]
async fn a_failed_prefetch_does_not_keep_the_first_call_from_trying() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let source = Scripted::new("1", "");
    source.fails(SecretError::Unreachable);
    let account = account(&source, &clock);
    account.prefetch().await;
    let document = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
    source.holds("1", &document.to_string());
    assert!(account.signer().await.is_ok());
}

/// Fails once.
struct SecondTime(Scripted);

impl SecretSource for SecondTime {
    fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>> {
        let first = self.0.reads() == 0;
        let read = self.0.read();
        Box::pin(async move { if first { Err(SecretError::Unreachable) } else { read.await } })
    }
}

#[tokio::test]
async fn a_caller_who_waits_for_a_prefetch_that_fails_gets_a_try_of_its_own() {
    let (source, clock) = (Scripted::new("1", "10"), FixedClock::at(1_800_000_000));
    let secret = number(SecondTime(source.clone()), &clock);
    let ((), first, second) = tokio::join!(secret.prefetch(), get(&secret), get(&secret));
    assert_eq!((first.unwrap(), second.unwrap()), (10, 10));
    assert_eq!(source.reads(), 2, "one for both");
}

fn account(source: &Scripted, clock: &FixedClock) -> ServiceAccount {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let subjects = Arc::new(CallerIdentity::new(aws(None), Arc::clone(&clock)));
    ServiceAccount::from_source(source.clone(), subjects, PROJECT, clock)
}

#[tokio::test]
async fn the_service_account_of_a_rotated_secret_is_another() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let document = |email: &str| {
        let mut document =
            TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
        document["client_email"] = email.into();
        document["webhook_secret"] = format!("whsec_{email}").into();
        document.to_string()
    };
    let source = Scripted::new("1", &document("a@x"));
    let account = account(&source, &clock);
    assert_eq!(account.signer().await.unwrap().email(), "a@x");
    assert_eq!(account.member("webhook_secret").await.unwrap(), "whsec_a@x");
    source.holds("2", &document("b@x"));
    assert_eq!(account.signer().await.unwrap().email(), "a@x");
    clock.advance(seconds(300));
    assert_eq!(account.signer().await.unwrap().email(), "b@x");
}

#[tokio::test]
async fn an_account_that_signs_no_custom_tokens_may_be_of_another_project() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let mut document = TestKeys::shared().service_account("hooks", "https://oauth2.example.com");
    document["webhook_secret"] = "whsec_x".into();
    let of = |project: Option<&str>| {
        let subjects = Arc::new(CallerIdentity::new(aws(None), Arc::clone(&clock)));
        let source = Scripted::new("1", &document.to_string());
        ServiceAccount::made(source, subjects, project.map(str::to_owned), Arc::clone(&clock))
    };
    assert_eq!(of(None).member("webhook_secret").await.unwrap(), "whsec_x");
    assert!(of(Some("hooks")).member("webhook_secret").await.is_ok());
    assert!(of(Some(PROJECT)).member("webhook_secret").await.is_err());
}

#[tokio::test]
async fn trouble_is_one_sentence_without_a_secret_in_it() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let good = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
    let with = |field: &str, value: Value| {
        let mut document = good.clone();
        document[field] = value;
        document.to_string()
    };
    for (text, problem) in [
        ("not-to-be-seen".to_owned(), "it is not a JSON object"),
        (
            with("private_key", "not-to-be-seen".into()),
            "its field private_key is not exactly one PEM block of a private key",
        ),
        (
            with("project_id", "not-to-be-seen".into()),
            "its field project_id is not the project of FIREBASE_PROJECT_ID",
        ),
    ] {
        let account = account(&Scripted::new("1", &text), &clock);
        let error = account.signer().await.err().unwrap();
        let sentence =
            format!("the secret of FIREBASE_SERVICE_ACCOUNT_SECRET cannot be used: {problem}");
        assert_eq!(error, GoogleError::Credentials(sentence));
    }
    let source = Scripted::new("1", &with("webhook_secret", 5.into()));
    let account = account(&source, &clock);
    for (name, problem) in [
        ("webhook_secret", "cannot be used: its field webhook_secret is not a string"),
        ("payment_key", "has no field payment_key"),
        ("private_key", "has no field private_key"),
    ] {
        let error = account.member(name).await.unwrap_err();
        let sentence = format!("the secret of FIREBASE_SERVICE_ACCOUNT_SECRET {problem}");
        assert_eq!(error, GoogleError::Credentials(sentence));
    }
    assert!(account.signer().await.is_ok(), "what stands beside the key concerns nobody else");
    let shown = format!("{:?} {account:?}", source.answer.lock().unwrap());
    assert!(!shown.contains("PRIVATE") && !shown.contains("whsec"), "{shown}");
}

/// A role as Lambda hands it to a function.
fn aws(token: Option<&str>) -> Aws {
    let credentials =
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", token.map(str::to_owned), None, "test");
    Aws::with(
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build(),
    )
}

const AUDIENCE: &str =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/a";

/// The statement, as Google reads it.
async fn statement(token: Option<&str>) -> Value {
    let clock = FixedClock::at(1_440_938_160); // 2015-08-30T12:36:00Z
    let subjects = CallerIdentity::new(aws(token), Arc::new(clock));
    let statement = subjects.subject_token(AUDIENCE).await.unwrap();
    assert!(statement.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'));
    let json = percent_encoding::percent_decode_str(&statement).decode_utf8().unwrap();
    serde_json::from_str(&json).unwrap()
}

#[tokio::test]
async fn the_role_is_stated_by_a_request_that_aws_would_accept() {
    let statement = statement(Some("session-token")).await;
    assert_eq!(statement["method"], "POST");
    assert_eq!(
        statement["url"],
        "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
    );
    let headers: BTreeMap<String, String> = statement["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| {
            let text = |name: &str| header[name].as_str().unwrap().to_owned();
            (text("key").to_lowercase(), text("value"))
        })
        .collect();
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "authorization",
            "host",
            "x-amz-date",
            "x-amz-security-token",
            "x-goog-cloud-target-resource"
        ]
    );
    assert_eq!(headers["host"], "sts.eu-west-1.amazonaws.com");
    assert_eq!(headers["x-amz-date"], "20150830T123600Z");
    assert_eq!(headers["x-amz-security-token"], "session-token");
    assert_eq!(headers["x-goog-cloud-target-resource"], AUDIENCE);
    assert_eq!(headers["authorization"], signature_version_4(&headers));
}

/// The `Authorization` header by the AWS General Reference, "Create a signed request", independent of
/// the crate that made the one under test.
fn signature_version_4(headers: &BTreeMap<String, String>) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sha256 = |bytes: &[u8]| hex(digest::digest(&digest::SHA256, bytes).as_ref());
    let hmac = |key: &[u8], message: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
    };
    let signed: Vec<(&String, &String)> =
        headers.iter().filter(|(name, _)| *name != "authorization").collect();
    let names = signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let query = "Action=GetCallerIdentity&Version=2011-06-15";
    let request = format!("POST\n/\n{query}\n{lines}\n{names}\n{}", sha256(b""));
    let scope = "20150830/eu-west-1/sts/aws4_request";
    let to_sign =
        format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n{}", sha256(request.as_bytes()));
    let key = scope.split('/').fold(b"AWS4wJalrXUtnFEMI".to_vec(), |key, part| hmac(&key, part));
    let signature = hex(&hmac(&key, &to_sign));
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, Signature={signature}"
    )
}

#[tokio::test]
async fn without_credentials_or_a_region_the_operator_is_told() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let no_region = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    let subjects = CallerIdentity::new(Aws::with(no_region), Arc::new(clock.clone()));
    let error = subjects.subject_token(AUDIENCE).await.unwrap_err().to_string();
    assert_eq!(error, "AWS_REGION is not set");
    let nobody = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .build();
    let subjects = CallerIdentity::new(Aws::with(nobody), Arc::new(clock));
    let error = subjects.subject_token(AUDIENCE).await.unwrap_err().to_string();
    assert_eq!(error, "there are no AWS credentials to state the role with");
    assert!(statement(None).await["headers"].as_array().unwrap().len() == 4);
}

#[tokio::test]
async fn says_why_there_is_no_connection_to_secrets_manager() {
    let nowhere = nowhere().await.to_string();
    let nobodys = format!("http://{}.invalid", "a".repeat(64));
    for (endpoint, reason) in [(nowhere, SendError::Refused), (nobodys, SendError::Unresolved)] {
        let credentials = Credentials::for_tests();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        let error = SecretsManager::new(Aws::with(config), "x").read().await.unwrap_err();
        assert_eq!(error, SecretError::NotConnected(reason));
        assert_eq!(error.to_string(), format!("Secrets Manager cannot be reached: {reason}"));
    }
}

#[tokio::test]
async fn nothing_that_is_printed_shows_a_secret_or_a_credential_of_the_role() {
    let account =
        account(&Scripted::new("1", "not-to-be-seen"), &FixedClock::at(NOW.unsigned_abs()));
    assert!(account.signer().await.is_err());
    let role = aws(Some("not-to-be-seen"));
    let manager = SecretsManager::new(role.clone(), "name");
    let secret = Secret { version: "1".to_owned(), text: Redacted("not-to-be-seen".to_owned()) };
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    for shown in [
        format!("{account:?}"),
        format!("{role:?}"),
        format!("{manager:?}"),
        format!("{secret:?}"),
        format!("{:?}", CallerIdentity::new(role.clone(), clock)),
    ] {
        assert!(!shown.contains("not-to-be-seen") && !shown.contains("wJalr"), "{shown}");
    }
}
