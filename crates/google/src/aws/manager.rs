//! Reads one secret of AWS Secrets Manager through the AWS SDK. Source: AWS Secrets Manager API
//! reference, `GetSecretValue`.

use std::{error::Error, iter::successors};

use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};
use shared::{
    Redacted,
    net::{BoxFuture, SendError},
};
use tokio::sync::OnceCell;

use firebase_callable_aws::Aws;

use crate::CredentialsError;

/// A secret. `Debug` shows its version only.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    /// Changes when the secret is rotated.
    pub(crate) version: String,
    pub(crate) text: Redacted<String>,
}

/// Why the secret cannot be used, in a sentence for the operator. It contains no part of the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    #[error(
        "there is no secret of this name in this account and region: create it, or correct the name"
    )]
    Missing,
    #[error("the function's role may not read it: allow secretsmanager:GetSecretValue on it")]
    Denied,
    #[error("it cannot be decrypted, or is being deleted")]
    Unreadable,
    #[error("it is binary: store the JSON as text")]
    Binary,
    #[error("Secrets Manager throttles requests")]
    Throttled,
    /// AWS did not answer in time, or the reason is unknown.
    #[error("Secrets Manager cannot be reached")]
    Unreachable,
    /// A connection to AWS could not be made, for this reason.
    #[error("Secrets Manager cannot be reached: {0}")]
    NotConnected(SendError),
    /// AWS answered with another error, which has this code.
    #[error("Secrets Manager answers {0}")]
    Other(String),
    /// The secret is not a JSON object, or a field of it is missing or wrong.
    #[error(transparent)]
    Content(#[from] CredentialsError),
}

/// A place where one secret is stored: Secrets Manager, or a replacement in tests.
pub(crate) trait SecretSource: Send + Sync + 'static {
    /// Reads the current version of the secret.
    fn read(&self) -> BoxFuture<'_, Result<Secret, SecretError>>;
}

/// A secret of AWS Secrets Manager.
#[derive(Debug)]
pub(super) struct SecretsManager {
    aws: Aws,
    id: String,
    client: OnceCell<Client>,
}

impl SecretsManager {
    /// The secret of this name or ARN.
    pub(super) fn new(aws: Aws, id: &str) -> Self {
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
        // No connection was made, AWS credentials are missing, the time ran out, or the answer cannot be parsed.
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

/// The error of our HTTP client inside the SDK's error.
fn send_error(error: &SdkError<GetSecretValueError>) -> Option<SendError> {
    let error: &(dyn Error + 'static) = error;
    successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref().copied())
}
