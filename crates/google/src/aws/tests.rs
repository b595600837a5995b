//! Secrets that are rotated, unreadable or wrong, and the proof of an AWS role.

mod caller_identity;
mod secret;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::Value;
use shared::{
    clock::Clock,
    net::{BoxFuture, SendError},
    testing::{FixedClock, NOW, PROJECT, TestKeys, nowhere},
};

use firebase_callable_aws::{
    AwsError,
    secrets::{SecretText, SecretsManager, Store},
};

use super::*;
use crate::{GoogleError, Signers, federation::SubjectTokens, testing::GoogleTestKeys};

/// A secret that a test changes, and that counts its reads.
#[derive(Clone)]
struct Scripted {
    answer: Arc<Mutex<Result<StoredSecret, ReadError>>>,
    reads: Arc<AtomicUsize>,
}

impl Scripted {
    fn new(version: &str, text: &str) -> Self {
        let scripted = Self {
            answer: Arc::new(Mutex::new(Err(ReadError::Missing(Store::SecretsManager)))),
            reads: Arc::default(),
        };
        scripted.holds(version, text);
        scripted
    }

    fn holds(&self, version: &str, text: &str) {
        let secret =
            StoredSecret { version: version.to_owned(), text: SecretText::new(text.to_owned()) };
        *self.answer.lock().unwrap() = Ok(secret);
    }

    fn fails(&self, error: ReadError) {
        *self.answer.lock().unwrap() = Err(error);
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl SecretSource for Scripted {
    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(async {
            tokio::task::yield_now().await;
            answer
        })
    }
}

fn account(source: impl SecretSource, clock: &FixedClock) -> ServiceAccount {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let subjects = Arc::new(CallerIdentity::new(aws(None), Arc::clone(&clock)));
    ServiceAccount::from_source(source, subjects, Some(PROJECT), clock)
}

/// The configuration in Lambda: a region, and the credentials of the function's role.
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

#[tokio::test]
async fn nothing_that_is_printed_shows_a_secret_or_a_credential_of_the_role() {
    let account =
        account(Scripted::new("1", "not-to-be-seen"), &FixedClock::at(NOW.unsigned_abs()));
    assert!(account.signer().await.is_err());
    let role = aws(Some("not-to-be-seen"));
    let manager = SecretsManager::new(role.clone(), "name");
    let secret = StoredSecret {
        version: "1".to_owned(),
        text: SecretText::new("not-to-be-seen".to_owned()),
    };
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
