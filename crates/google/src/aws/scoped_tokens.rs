//! Access tokens of the service account for scopes that the author chooses.

use shared::{host::StartError, net::BoxFuture};

use super::service_account::ServiceAccount;
use crate::{AccessToken, AccessTokens, GoogleError, scopes::Scopes};

/// The access tokens of the service account for one set of scopes: [`Google::access_tokens`](crate::Google::access_tokens)
/// makes it. The token is cached with the account's credentials, so values for the same scopes share it.
#[derive(Debug, Clone)]
pub struct ScopedTokens {
    account: Result<ServiceAccount, StartError>,
    scopes: Scopes,
}

impl ScopedTokens {
    pub(crate) fn new(account: Result<ServiceAccount, StartError>, scopes: Scopes) -> Self {
        Self { account, scopes }
    }
}

impl AccessTokens for ScopedTokens {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(async {
            match &self.account {
                Ok(account) => account.access_token_for(&self.scopes).await,
                Err(missing) => Err(GoogleError::Credentials(missing.to_string())),
            }
        })
    }
}
