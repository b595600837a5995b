//! Why a secret cannot be used, in sentences for the operator. No error contains a part of a secret.

use std::{fmt, sync::Arc};

use shared::ErrorCode;

use crate::failure::AwsError;

/// Where a secret is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Store {
    /// AWS Secrets Manager.
    SecretsManager,
    /// The Parameter Store of AWS Systems Manager.
    ParameterStore,
    /// The file of a local run.
    File,
}

impl Store {
    fn name(self) -> &'static str {
        match self {
            Self::SecretsManager => "Secrets Manager",
            Self::ParameterStore => "Parameter Store",
            Self::File => "the file of local secrets",
        }
    }
}

/// Why a stored secret cannot be read. Follows a phrase like "the secret of NAME cannot be used: ".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such secret.
    Missing(Store),
    /// The function's role lacks a permission.
    Denied(Store),
    /// AWS cannot decrypt it, or is deleting it.
    Unreadable,
    /// It is stored as bytes.
    Binary,
    /// Its ARN is of the first region, and the function runs in the second.
    OtherRegion(String, String),
    /// There is no line for it in the file of local secrets; the sentence says which to add.
    NoLine(String),
    /// AWS gives no other answer.
    Aws(Store, AwsError),
}

impl ReadError {
    /// Secrets Manager did not answer in time.
    #[must_use]
    pub fn slow() -> Self {
        Self::Aws(Store::SecretsManager, AwsError::Slow)
    }

    /// Whether a later attempt may succeed without a change by the operator.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Aws(_, error) if error.is_transient())
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(Store::ParameterStore) => f.write_str(
                "there is no parameter of this name in this account and region: create it, or \
                 correct the name",
            ),
            Self::Missing(_) => f.write_str(
                "there is no secret of this name in this account and region: create it, or correct \
                 the name",
            ),
            Self::Denied(Store::ParameterStore) => f.write_str(
                "the function's role may not read it: allow ssm:GetParameter on it, and kms:Decrypt \
                 on its key",
            ),
            Self::Denied(_) => f.write_str(
                "the function's role may not read it: allow secretsmanager:GetSecretValue on it",
            ),
            Self::Unreadable => f.write_str("it cannot be decrypted, or is being deleted"),
            Self::Binary => f.write_str("it is binary: store it as text"),
            Self::OtherRegion(its, ours) => write!(
                f,
                "it is in {its}, and this function runs in {ours}: replicate it to {ours}, and use \
                 the name or ARN that it has there"
            ),
            Self::NoLine(sentence) => f.write_str(sentence),
            Self::Aws(store, error) => error.of(store.name(), f),
        }
    }
}

impl std::error::Error for ReadError {}

/// Why a handler does not get a secret: one sentence for the operator, which names the variable.
///
/// ```no_run
/// # async fn f(key: firebase_callable_aws::Secret) -> Result<(), shared::HttpsError> {
/// use shared::HttpsError;
///
/// let key = key.get().await.map_err(|error| {
///     HttpsError::new(error.code(), "payments are not possible now").with_source(error)
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret of {variable} cannot be used: {problem}")]
pub struct SecretError {
    pub(super) variable: Arc<str>,
    pub(super) problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Read(ReadError),
    #[error("it is not a JSON object")]
    NotJson,
    #[error("its JSON object has no member {0}")]
    NoMember(Arc<str>),
    #[error("its member {0} is not a string")]
    NotText(Arc<str>),
}

impl SecretError {
    /// The code for a client: [`ErrorCode::Unavailable`] if the same call may succeed later, and
    /// [`ErrorCode::Internal`] if an operator has to act first.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        if self.is_transient() { ErrorCode::Unavailable } else { ErrorCode::Internal }
    }

    /// Whether a later attempt may succeed without a change by the operator.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(&self.problem, Problem::Read(error) if error.is_transient())
    }
}
