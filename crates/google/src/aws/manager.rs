//! One secret of AWS Secrets Manager, read through the AWS SDK. Source: AWS Secrets Manager API
//! reference, `GetSecretValue`.

use std::{error::Error, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};
use shared::{
    Redacted,
    net::{BoxFuture, SendError},
};
use tokio::sync::OnceCell;

use super::connector;

/// The configuration of the AWS SDK, read from the environment when it is first needed: a cold start
/// that needs no secret does not pay for it.
#[derive(Debug, Clone, Default)]
pub struct Aws(Redacted<Arc<OnceCell<SdkConfig>>>);

impl Aws {
    /// Uses this configuration instead of the environment's. Where it has no HTTP client, it gets ours.
    ///
    /// ```
    /// use aws_config::{BehaviorVersion, Region, SdkConfig};
    /// use firebase_callable_google::aws::Aws;
    ///
    /// let config = SdkConfig::builder()
    ///     .behavior_version(BehaviorVersion::latest())
    ///     .region(Region::new("eu-central-1"))
    ///     .build();
    /// let aws = Aws::with(config);
    /// ```
    #[must_use]
    pub fn with(config: SdkConfig) -> Self {
        let client = config.http_client().unwrap_or_else(connector::client);
        let config = config.into_builder().http_client(client).build();
        Self(Redacted(Arc::new(OnceCell::new_with(Some(config)))))
    }

    pub(super) async fn config(&self) -> &SdkConfig {
        let load = || async {
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(2))
                .operation_timeout(Duration::from_secs(3))
                .build();
            aws_config::defaults(BehaviorVersion::latest())
                .http_client(connector::client())
                .timeout_config(timeouts)
                .retry_config(RetryConfig::standard().with_max_attempts(2))
                .load()
                .await
        };
        self.0.0.get_or_init(load).await
    }
}

/// A secret as read. Shows its version and nothing else.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Which version it is: another after a rotation.
    pub version: String,
    /// The text.
    pub text: Redacted<String>,
}

/// Why there is no secret, as an operator needs to know it. Carries nothing of a secret.
///
/// ```
/// let error = firebase_callable_google::aws::SecretError::Binary;
/// assert_eq!(error.to_string(), "it is binary: store the JSON as text");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// There is none of this name.
    #[error(
        "there is no secret of this name in this account and region: create it, or correct the name"
    )]
    Missing,
    /// The function's role may not read it.
    #[error("the function's role may not read it: allow secretsmanager:GetSecretValue on it")]
    Denied,
    /// It cannot be decrypted, or is being deleted.
    #[error("it cannot be decrypted, or is being deleted")]
    Unreadable,
    /// It is binary, and must be text.
    #[error("it is binary: store the JSON as text")]
    Binary,
    /// AWS asks us to slow down.
    #[error("Secrets Manager throttles")]
    Throttled,
    /// AWS cannot be reached, or does not answer in time.
    #[error("Secrets Manager cannot be reached")]
    Unreachable,
    /// No connection to AWS was made, for this reason.
    #[error("Secrets Manager cannot be reached: {0}")]
    NotConnected(SendError),
    /// AWS answered with another error, of this code.
    #[error("Secrets Manager answers {0}")]
    Other(String),
    /// What it says is not what it should: which field, and how.
    #[error("{0}")]
    Content(String),
}

/// Where a secret is read.
///
/// ```
/// use firebase_callable_google::aws::{Secret, SecretError, SecretSource};
/// use shared::{Redacted, net::BoxFuture};
///
/// /// A file, for a run without AWS.
/// struct File(&'static str);
///
/// impl SecretSource for File {
///     fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>> {
///         Box::pin(async {
///             let text = std::fs::read_to_string(self.0).map_err(|_| SecretError::Missing)?;
///             Ok(Secret { version: "1".to_owned(), text: Redacted(text) })
///         })
///     }
/// }
/// ```
pub trait SecretSource: Send + Sync + 'static {
    /// Reads it, current version.
    fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>>;
}

/// A secret of AWS Secrets Manager.
#[derive(Debug)]
pub struct SecretsManager {
    aws: Aws,
    id: String,
    client: OnceCell<Client>,
}

impl SecretsManager {
    /// The secret of this name or ARN.
    ///
    /// ```
    /// use firebase_callable_google::aws::{Aws, SecretsManager};
    ///
    /// let secret = SecretsManager::new(Aws::default(), "firebase/service-account");
    /// ```
    #[must_use]
    pub fn new(aws: Aws, id: &str) -> Self {
        Self { aws, id: id.to_owned(), client: OnceCell::new() }
    }
}

impl SecretSource for SecretsManager {
    fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>> {
        Box::pin(async {
            let client =
                self.client.get_or_init(|| async { Client::new(self.aws.config().await) }).await;
            let answer = client.get_secret_value().secret_id(&self.id).send().await;
            let answer = answer.map_err(|error| problem(&error))?;
            let text = Redacted(answer.secret_string.ok_or(SecretError::Binary)?);
            Ok(Secret { version: answer.version_id.unwrap_or_default(), text })
        })
    }
}

fn problem(error: &SdkError<GetSecretValueError>) -> SecretError {
    let Some(error) = error.as_service_error() else {
        // Either no connection was made, or the credentials are missing, the time ran out, or the
        // answer is unreadable.
        let reason = send_error(error).filter(|reason| reason.is_before_sending());
        return reason.map_or(SecretError::Unreachable, SecretError::NotConnected);
    };
    match error.meta().code() {
        _ if error.is_resource_not_found_exception() => SecretError::Missing,
        _ if error.is_decryption_failure() || error.is_invalid_request_exception() => {
            SecretError::Unreadable
        }
        Some("AccessDeniedException") => SecretError::Denied,
        Some("ThrottlingException" | "TooManyRequestsException") => SecretError::Throttled,
        code => SecretError::Other(code.unwrap_or("without a code").to_owned()),
    }
}

/// The error of our HTTP client, which the SDK wraps.
fn send_error(error: &SdkError<GetSecretValueError>) -> Option<SendError> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(reason) = error.downcast_ref() {
            return Some(*reason);
        }
        next = error.source();
    }
    None
}
