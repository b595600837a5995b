//! Google's services for a Firebase callable on AWS Lambda: custom tokens that sign users in, accounts that are looked
//! up, revoked and disabled, and App Check tokens that count once.
//!
//! Everything is asked as one service account. Its JSON is a secret of AWS Secrets Manager, which
//! `FIREBASE_SERVICE_ACCOUNT_SECRET` names; it holds a key, or says how the function's AWS role acts for the account.
//! [`Google`] is made of it at the start:
//!
//! ```no_run
//! use firebase_callable_google::Google;
//! use shared::{Callable, CallableRequest, HttpsError};
//!
//! async fn publish(_: CallableRequest<String>) -> Result<(), HttpsError> {
//!     Ok(())
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run_service(|setup| {
//!         let google = Google::from_setup(setup)?;
//!         setup.callable(Callable::new(publish).check_revoked(google.revocation()))
//!     })
//! }
//! ```
//!
//! | for | see |
//! |---|---|
//! | signing users in | [`Google::custom_tokens`], [`CustomToken`] |
//! | refusing revoked and disabled users | [`Google::revocation`] |
//! | App Check tokens that count once | [`Google::app_check`] |
//! | ending sign-ins, disabling accounts | [`Google::accounts`] |
//! | a secret of another kind, beside the key | [`aws::ServiceAccount::member`] |
//!
//! ```text
//! service_account_key  who we are: a key ─┐                        accounts    is the user revoked?
//! federation           or the AWS role  ──┴─► access_token ──call──► app_check  was the token used?
//! signer               either signs custom tokens, too
//! aws                  where the key is read, and what proves the role
//! ```

mod access_token;
mod account_changes;
mod accounts;
mod app_check;
pub mod aws;
mod call;
mod credentials;
mod credentials_document;
mod custom_token;
mod emulator;
mod error;
mod federation;
mod google;
mod jws;
mod revocation;
mod service_account_key;
mod signer;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timeouts;

#[cfg(test)]
mod tests;

pub use access_token::{AccessToken, AccessTokens};
pub use account_changes::AccountChange;
pub use accounts::{Account, Accounts};
pub use app_check::AppCheckService;
pub use credentials::Credentials;
pub use credentials_document::CredentialsError;
pub use custom_token::{CustomToken, CustomTokenError};
pub use error::GoogleError;
pub use federation::SubjectTokens;
pub use google::Google;
pub use revocation::Revocation;
pub use service_account_key::ServiceAccountKey;
pub use signer::{CustomTokens, Signer, Signers};
