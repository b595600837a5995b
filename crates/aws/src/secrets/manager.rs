//! Reads one secret of AWS Secrets Manager through the AWS SDK. Source: AWS Secrets Manager API
//! reference, `GetSecretValue`.

use aws_sdk_secretsmanager::{
    Client, error::SdkError, operation::get_secret_value::GetSecretValueError,
};
use shared::net::BoxFuture;
use tokio::sync::OnceCell;

use super::{
    error::{ReadError, Store},
    id::in_region_of,
    source::{SecretSource, StoredSecret},
    text::SecretText,
};
use crate::{config::Aws, failure::AwsError};

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
    fn store(&self) -> Store {
        Store::SecretsManager
    }

    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        Box::pin(async {
            let config = self.aws.config().await;
            in_region_of(config, &self.id)?;
            let client = self.client.get_or_init(|| async { Client::new(config) }).await;
            let answer = client.get_secret_value().secret_id(&self.id).send().await;
            let answer = answer.map_err(|error| problem(&error))?;
            let text = SecretText::new(answer.secret_string.ok_or(ReadError::Binary)?);
            Ok(StoredSecret { version: answer.version_id.unwrap_or_default(), text })
        })
    }
}

fn problem(error: &SdkError<GetSecretValueError>) -> ReadError {
    let service = error.as_service_error();
    if service.is_some_and(|it| it.is_decryption_failure() || it.is_invalid_request_exception()) {
        return ReadError::Unreadable;
    }
    match AwsError::from(error) {
        AwsError::Missing => ReadError::Missing(Store::SecretsManager),
        AwsError::Denied(_) => ReadError::Denied(Store::SecretsManager),
        error => ReadError::Aws(Store::SecretsManager, error),
    }
}
