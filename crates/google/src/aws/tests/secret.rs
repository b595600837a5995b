//! A secret that is rotated, unreadable or wrong.

use super::*;

/// The text of a secret with a member `number`.
fn numbered(number: &str) -> String {
    let mut document = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
    document["number"] = number.into();
    document.to_string()
}

fn at_ten() -> (Scripted, FixedClock, ServiceAccount) {
    let (source, clock) = (Scripted::new("1", &numbered("10")), FixedClock::at(1_800_000_000));
    let account = account(source.clone(), &clock);
    (source, clock, account)
}

async fn number(account: &ServiceAccount) -> Result<String, GoogleError> {
    account.member("number").await
}

fn unreachable() -> Result<String, GoogleError> {
    let sentence = "the secret of FIREBASE_SERVICE_ACCOUNT_SECRET cannot be used: Secrets Manager \
                    does not answer in time";
    Err(GoogleError::Credentials(sentence.to_owned()))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_secret_is_read_once_for_all_callers_and_again_after_five_minutes() {
    let (source, clock, account) = at_ten();
    assert_eq!(source.reads(), 0, "not before it is needed");
    let (one, two) = tokio::join!(number(&account), number(&account));
    assert_eq!((one.unwrap(), two.unwrap(), source.reads()), ("10".into(), "10".into(), 1));
    clock.advance(seconds(299));
    number(&account).await.unwrap();
    assert_eq!(source.reads(), 1);
    clock.advance(seconds(1));
    let before = number(&account).await.unwrap();
    assert_eq!(source.reads(), 2);
    assert_eq!(before, "10");

    source.holds("2", &numbered("20"));
    clock.advance(seconds(300));
    assert_eq!(number(&account).await.unwrap(), "20", "a rotation takes effect without a restart");
}

#[tokio::test]
async fn a_secret_is_used_for_an_hour_while_it_cannot_be_read_again() {
    let (source, clock, account) = at_ten();
    number(&account).await.unwrap();
    source.fails(ReadError::slow());
    clock.advance(seconds(3595));
    assert_eq!(number(&account).await.unwrap(), "10");
    assert_eq!(number(&account).await.unwrap(), "10");
    assert_eq!(source.reads(), 2, "a failure is followed by five seconds without an attempt");
    clock.advance(seconds(5));
    assert_eq!(number(&account).await, unreachable());
    source.holds("1", &numbered("10"));
    assert_eq!(number(&account).await, unreachable(), "in the pause");
    clock.advance(seconds(5));
    assert_eq!(number(&account).await.unwrap(), "10");
}

#[tokio::test]
async fn a_new_version_that_is_wrong_does_not_replace_a_good_one() {
    let (source, clock, account) = at_ten();
    number(&account).await.unwrap();
    source.holds("2", "not JSON");
    clock.advance(seconds(300));
    assert_eq!(number(&account).await.unwrap(), "10");
    source.holds("3", &numbered("30"));
    clock.advance(seconds(5));
    assert_eq!(number(&account).await.unwrap(), "30");
}

#[tokio::test]
async fn after_a_failed_prefetch_the_first_call_tries_again() {
    let (source, _, account) = at_ten();
    source.fails(ReadError::slow());
    account.prefetch().await;
    source.holds("1", &numbered("10"));
    assert!(account.signer().await.is_ok());
}

/// Fails at the first read.
struct SecondTime(Scripted);

impl SecretSource for SecondTime {
    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        let first = self.0.reads() == 0;
        let read = self.0.read();
        Box::pin(async move { if first { Err(ReadError::slow()) } else { read.await } })
    }
}

#[tokio::test]
async fn callers_who_wait_for_a_prefetch_that_fails_share_a_second_attempt() {
    let (source, clock, _) = at_ten();
    let account = account(SecondTime(source.clone()), &clock);
    let ((), first, second) = tokio::join!(account.prefetch(), number(&account), number(&account));
    assert_eq!((first.unwrap(), second.unwrap()), ("10".into(), "10".into()));
    assert_eq!(source.reads(), 2, "one for both");
}

#[tokio::test]
async fn after_a_rotation_the_new_service_account_signs() {
    let clock = FixedClock::at(NOW.unsigned_abs());
    let document = |email: &str| {
        let mut document =
            TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
        document["client_email"] = email.into();
        document["webhook_secret"] = format!("whsec_{email}").into();
        document.to_string()
    };
    let source = Scripted::new("1", &document("a@x"));
    let account = account(source.clone(), &clock);
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
        ServiceAccount::from_source(source, subjects, project, Arc::clone(&clock))
    };
    assert_eq!(of(None).member("webhook_secret").await.unwrap(), "whsec_x");
    assert!(of(Some("hooks")).member("webhook_secret").await.is_ok());
    assert!(of(Some(PROJECT)).member("webhook_secret").await.is_err());
}

#[tokio::test]
async fn each_error_is_one_sentence_that_does_not_show_the_secret() {
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
        let account = account(Scripted::new("1", &text), &clock);
        let error = account.signer().await.err().unwrap();
        let sentence =
            format!("the secret of FIREBASE_SERVICE_ACCOUNT_SECRET cannot be used: {problem}");
        assert_eq!(error, GoogleError::Credentials(sentence));
    }
    let source = Scripted::new("1", &with("webhook_secret", 5.into()));
    let account = account(source.clone(), &clock);
    for (name, problem) in [
        ("webhook_secret", "cannot be used: its field webhook_secret is not a string"),
        ("payment_key", "has no field payment_key"),
        ("private_key", "has no field private_key"),
    ] {
        let error = account.member(name).await.unwrap_err();
        let sentence = format!("the secret of FIREBASE_SERVICE_ACCOUNT_SECRET {problem}");
        assert_eq!(error, GoogleError::Credentials(sentence));
    }
    assert!(account.signer().await.is_ok(), "a missing member does not make the key unusable");
    let shown = format!("{:?} {account:?}", source.answer.lock().unwrap());
    assert!(!shown.contains("PRIVATE") && !shown.contains("whsec"), "{shown}");
}

#[tokio::test]
async fn says_why_a_connection_to_secrets_manager_cannot_be_made() {
    let nowhere = nowhere().await.to_string();
    let unresolved = format!("http://{}.invalid", "a".repeat(64));
    for (endpoint, reason) in [(nowhere, SendError::Refused), (unresolved, SendError::Unresolved)] {
        let credentials = Credentials::for_tests();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        let error = SecretsManager::new(Aws::with(config), "x").read().await.unwrap_err();
        assert_eq!(error, ReadError::Aws(Store::SecretsManager, AwsError::NotAnswered(reason)));
        assert_eq!(error.to_string(), format!("Secrets Manager cannot be reached: {reason}"));
    }
}
