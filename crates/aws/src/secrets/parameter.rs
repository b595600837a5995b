//! Reads one parameter of AWS Systems Manager's Parameter Store, decrypted. Source: AWS Systems Manager API reference,
//! `GetParameter`.

use aws_sdk_ssm::{Client, error::SdkError, operation::get_parameter::GetParameterError};
use shared::net::BoxFuture;
use tokio::sync::OnceCell;

use super::{
    error::{ReadError, Store},
    id::in_region_of,
    source::{SecretSource, StoredSecret},
    text::SecretText,
};
use crate::{config::Aws, failure::AwsError};

/// A parameter. The SDK's client is made when it is first needed.
#[derive(Debug)]
pub(super) struct Parameter {
    aws: Aws,
    /// The name or ARN.
    name: String,
    client: OnceCell<Client>,
}

impl Parameter {
    pub(super) fn new(aws: Aws, name: &str) -> Self {
        Self { aws, name: name.to_owned(), client: OnceCell::new() }
    }
}

impl SecretSource for Parameter {
    fn store(&self) -> Store {
        Store::ParameterStore
    }

    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>> {
        Box::pin(async {
            let config = self.aws.config().await;
            in_region_of(config, &self.name)?;
            let client = self.client.get_or_init(|| async { Client::new(config) }).await;
            let answer = client.get_parameter().name(&self.name).with_decryption(true).send().await;
            let parameter = answer.map_err(|error| problem(&error))?.parameter;
            let missing = || ReadError::Missing(Store::ParameterStore);
            let parameter = parameter.ok_or_else(missing)?;
            let version = parameter.version.to_string();
            let text = SecretText::new(parameter.value.ok_or_else(missing)?);
            Ok(StoredSecret { version, text })
        })
    }
}

fn problem(error: &SdkError<GetParameterError>) -> ReadError {
    if error.as_service_error().is_some_and(GetParameterError::is_invalid_key_id) {
        return ReadError::Unreadable;
    }
    match AwsError::from(error) {
        AwsError::Missing => ReadError::Missing(Store::ParameterStore),
        AwsError::Denied(_) => ReadError::Denied(Store::ParameterStore),
        error => ReadError::Aws(Store::ParameterStore, error),
    }
}
