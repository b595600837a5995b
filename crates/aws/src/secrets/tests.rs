//! Secrets that are read by the real SDK from a server on this machine, which a test scripts.

mod failures;
mod local;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::{Value, json};
use shared::{
    host::StartError,
    testing::{FixedClock, MockServer},
};

use super::{registry::Secrets, *};
use crate::config::Aws;

/// Secrets Manager and Parameter Store, with one answer for each name.
#[derive(Clone, Default)]
struct Service {
    answers: Arc<Mutex<Vec<(String, u16, Value)>>>,
    requests: Arc<AtomicUsize>,
}

impl Service {
    async fn start(&self) -> MockServer {
        let this = self.clone();
        MockServer::start(move |request| {
            this.requests.fetch_add(1, Ordering::SeqCst);
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let name = body.get("SecretId").or(body.get("Name")).unwrap().as_str().unwrap();
            let answers = this.answers.lock().unwrap();
            let answer = answers.iter().find(|(of, ..)| of == name);
            answer.map_or(
                (400, json!({"__type": "ResourceNotFoundException"})),
                |(_, status, body)| (*status, body.clone()),
            )
        })
        .await
    }

    /// From now on, the answer for this name.
    fn answers(&self, name: &str, status: u16, body: Value) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(of, ..)| of != name);
        answers.push((name.to_owned(), status, body));
    }

    fn holds(&self, name: &str, version: &str, text: &str) {
        self.answers(name, 200, json!({ "VersionId": version, "SecretString": text }));
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// The SDK, configured for the endpoint at this URL.
fn aws(url: &str) -> Aws {
    let credentials = SharedCredentialsProvider::new(Credentials::for_tests());
    Aws::with(
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(credentials)
            .endpoint_url(url)
            .build(),
    )
}

/// The secret of `KEY`, whose value is `value`.
fn secret(secrets: &Secrets, variable: &str, value: &str) -> Secret {
    try_secret(secrets, variable, value).unwrap()
}

fn try_secret(secrets: &Secrets, variable: &str, value: &str) -> Result<Secret, StartError> {
    secrets.secret(|name| (name == variable).then(|| value.to_owned()), true, variable)
}

async fn text(secret: &Secret) -> Result<String, String> {
    let text = secret.get().await.map_err(|error| error.to_string())?;
    Ok(text.expose().to_owned())
}

async fn started() -> (Service, MockServer, FixedClock, Secrets) {
    let (service, clock) = (Service::default(), FixedClock::at(1_800_000_000));
    let server = service.start().await;
    let secrets = Secrets::new(aws(&server.url.to_string()), Arc::new(clock.clone()));
    (service, server, clock, secrets)
}

#[tokio::test]
async fn variables_that_name_the_same_secret_share_one_read_of_it() {
    let (service, _server, _, secrets) = started().await;
    service.holds("payment", "1", r#"{"live": "a", "test": "b", "number": 5}"#);
    let live = secret(&secrets, "LIVE", "payment#live");
    let test = secret(&secrets, "TEST", "payment#test");
    let whole = secret(&secrets, "WHOLE", "payment");
    assert_eq!(service.requests(), 0, "not before it is needed");
    let (one, two) = tokio::join!(text(&live), text(&test));
    assert_eq!((one, two), (Ok("a".to_owned()), Ok("b".to_owned())));
    assert!(text(&whole).await.unwrap().starts_with('{'));
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_rotated_secret_is_read_after_five_minutes_and_an_old_one_used_for_an_hour() {
    let (service, _server, clock, secrets) = started().await;
    service.holds("payment", "1", "first");
    let key = secret(&secrets, "KEY", "payment");
    assert_eq!(text(&key).await.unwrap(), "first");
    service.holds("payment", "2", "second");
    clock.advance(Duration::from_secs(200));
    assert_eq!(text(&key).await.unwrap(), "first");
    clock.advance(Duration::from_secs(100));
    assert_eq!(text(&key).await.unwrap(), "second");
    service.answers("payment", 500, json!({ "__type": "InternalServiceError" }));
    clock.advance(Duration::from_secs(3599));
    assert_eq!(text(&key).await.unwrap(), "second");
    clock.advance(Duration::from_secs(60));
    let sentence = "the secret of KEY cannot be used: Secrets Manager answers InternalServiceError";
    assert_eq!(text(&key).await.unwrap_err(), sentence);
}

#[cfg(feature = "parameters")]
#[tokio::test]
async fn a_parameter_is_read_decrypted_by_name_or_arn() {
    let (service, server, _, secrets) = started().await;
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/payment/key";
    for name in ["/payment/key", arn] {
        let body = json!({ "Parameter": { "Value": "{\"live\":\"a\"}", "Version": 3 } });
        service.answers(name, 200, body);
    }
    let whole = secret(&secrets, "WHOLE", "ssm:/payment/key");
    let member = secret(&secrets, "MEMBER", &format!("{arn}#live"));
    assert_eq!(text(&whole).await.unwrap(), "{\"live\":\"a\"}");
    assert_eq!(text(&member).await.unwrap(), "a");
    for request in server.requests() {
        assert_eq!(request.headers()["x-amz-target"], "AmazonSSM.GetParameter");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["WithDecryption"], true);
    }
}

#[test]
fn the_start_says_what_a_variable_may_be_set_to() {
    let secrets = Secrets::new(aws("http://127.0.0.1:1"), Arc::new(FixedClock::at(1)));
    let unset = secrets.secret(|_| None, true, "PAYMENT_KEY_SECRET").unwrap_err().to_string();
    assert!(
        unset.starts_with("PAYMENT_KEY_SECRET is not set: set it to the name or ARN"),
        "{unset}"
    );
    for value in ["#live", "key#", "two words"] {
        let error = try_secret(&secrets, "KEY", value).unwrap_err().to_string();
        assert!(error.starts_with("KEY cannot be used: ") && !error.contains("live"), "{error}");
    }
}

#[cfg(not(feature = "parameters"))]
#[test]
fn a_program_without_a_client_for_parameters_says_so_at_the_start() {
    let secrets = Secrets::new(aws("http://127.0.0.1:1"), Arc::new(FixedClock::at(1)));
    for value in ["ssm:/payment/key", "arn:aws:ssm:eu-west-1:123456789012:parameter/payment/key"] {
        let error = try_secret(&secrets, "KEY", value).unwrap_err().to_string();
        assert!(
            error.starts_with("KEY names a parameter") && error.contains("`parameters`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn nothing_that_is_printed_shows_a_secret() {
    let (service, _server, _, secrets) = started().await;
    service.holds("payment", "1", "not-to-be-seen");
    let key = secret(&secrets, "KEY", "payment");
    let text = key.get().await.unwrap();
    let stored =
        StoredSecret { version: "1".to_owned(), text: SecretText::new("not-to-be-seen".into()) };
    let shown = format!("{key:?} {text:?} {stored:?} {:?}", aws("http://not-to-be-seen"));
    assert!(!shown.contains("not-to-be-seen"), "{shown}");
}
