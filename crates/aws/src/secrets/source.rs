//! A place where one secret is stored.

use shared::net::BoxFuture;

use super::{
    error::{ReadError, Store},
    text::SecretText,
};

/// One version of a stored secret. `Debug` shows its version only.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// Changes when the secret is rotated.
    pub version: String,
    /// The whole text of the secret.
    pub text: SecretText,
}

/// A place where one secret is stored: an AWS service, or a replacement in tests.
pub trait SecretSource: Send + Sync + 'static {
    /// What kind of place it is.
    fn store(&self) -> Store {
        Store::SecretsManager
    }

    /// Reads the current version of the secret.
    fn read(&self) -> BoxFuture<'_, Result<StoredSecret, ReadError>>;
}
