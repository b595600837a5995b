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

use super::{
    error::ReadError,
    source::{SecretSource, StoredSecret},
};
use crate::config::Aws;

/// A secret of AWS Secrets Manager. The SDK's client is made when it is first needed.
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
    /// use firebase_callable_aws::{Aws, secrets::SecretsManager};
    ///
    /// let secret = SecretsManager::new(Aws::default(), "payment/key");
    /// ```
    #[must_use]
    pub fn new(aws: Aws, id: &str) -> Self {
        Self { aws, id: id.to_owned(), client: OnceCell::new() }
    }
}

impl SecretSource for SecretsManager {
    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        Box::pin(async {
            let client =
                self.client.get_or_init(|| async { Client::new(self.aws.config().await) }).await;
            let answer = client.get_secret_value().secret_id(&self.id).send().await;
            let answer = answer.map_err(|error| problem(&error))?;
            let text = Redacted(answer.secret_string.ok_or(ReadError::Binary)?);
            Ok(StoredSecret { version: answer.version_id.unwrap_or_default(), text })
        })
    }
}

fn problem(error: &SdkError<GetSecretValueError>) -> ReadError {
    let Some(error) = error.as_service_error() else {
        // No connection was made, AWS credentials are missing, the time ran out, or the answer cannot be parsed.
        let reason = send_error(error).filter(|reason| reason.is_before_sending());
        return reason.map_or(ReadError::Unreachable, ReadError::NotConnected);
    };
    match error.meta().code() {
        _ if error.is_resource_not_found_exception() => ReadError::Missing,
        _ if error.is_decryption_failure() || error.is_invalid_request_exception() => {
            ReadError::Unreadable
        }
        Some("AccessDeniedException") => ReadError::Denied,
        Some("ThrottlingException" | "TooManyRequestsException") => ReadError::Throttled,
        code => ReadError::Other(code.unwrap_or("without a code").to_owned()),
    }
}

/// The error of our HTTP client inside the SDK's error.
fn send_error(error: &SdkError<GetSecretValueError>) -> Option<SendError> {
    let error: &(dyn Error + 'static) = error;
    successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref().copied())
}
