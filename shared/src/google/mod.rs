//! Google's services, asked with an access token: what a verified token alone does not tell.
//!
//! ```text
//! service_account  who we are: a key ─┐                        accounts    is the user revoked?
//! federation       or the AWS role  ──┴─► access_token ──call──► app_check  was the token used?
//! signer           either signs custom tokens, too
//! ```

mod access_token;
mod accounts;
mod app_check;
mod call;
mod service_account;

#[cfg(test)]
mod tests;

pub use access_token::{AccessToken, AccessTokens, CachedTokens, Grant, Granted};
pub use accounts::{Account, Accounts, Revoked};
pub use app_check::AppCheckService;
pub use call::GoogleError;
pub use service_account::{CredentialsError, ServiceAccountKey};
