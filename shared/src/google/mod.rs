//! Google's services, asked with an access token: what a verified token alone does not tell.
//!
//! ```text
//! service_account  who we are: a key ─┐                        accounts    is the user revoked?
//! federation       or the AWS role  ──┴─► access_token ──call──► app_check  was the token used?
//! signer           either signs custom tokens, too
//! ```

mod access_token;
mod account_changes;
mod accounts;
mod app_check;
mod call;
mod credentials;
mod federation;
mod service_account;
mod signer;

#[cfg(test)]
mod tests;

pub use access_token::{AccessToken, AccessTokens, CachedTokens, Grant, Granted};
pub use account_changes::AccountChange;
pub use accounts::{Account, Accounts};
pub use app_check::AppCheckService;
pub use call::GoogleError;
pub(crate) use call::{DISCIPLINE, trouble};
pub use credentials::Credentials;
pub use federation::{FederatedAccount, SubjectTokens};
pub use service_account::{CredentialsError, ServiceAccountKey};
#[cfg(any(test, feature = "emulator"))]
pub use signer::EmulatorSigner;
pub use signer::{CustomTokens, Signer, Signers};
