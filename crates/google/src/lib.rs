//! Google's services for a Firebase callable on AWS Lambda: Firestore, signing custom tokens, looking up, revoking and
//! disabling user accounts, giving users roles, and consuming App Check tokens.
//!
//! Requests to [Firestore as the caller](firestore) need no credentials but the caller's own ID token. All other requests
//! are made as one service account. Its JSON is a secret of AWS Secrets Manager, whose name or ARN is in
//! `FIREBASE_SERVICE_ACCOUNT_SECRET`. The JSON is a private key, or a configuration by which the function's AWS role
//! acts for the account. Make one [`Google`] at the start:
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
//!     shared::run_with(async |setup| {
//!         let google = Google::from_setup(setup)?;
//!         Ok(Callable::new(publish).check_revoked(google.revocation()))
//!     })
//! }
//! ```
//!
//! | for | see |
//! |---|---|
//! | signing users in | [`Google::custom_tokens`], [`CustomToken`] |
//! | refusing revoked and disabled users | [`Google::revocation`] |
//! | accepting each App Check token once | [`Google::app_check`] |
//! | ending sign-ins, disabling accounts | [`Google::accounts`] |
//! | giving a user a role | [`Accounts::set_custom_claims`], [`Accounts::change_custom_claims`] |
//! | Firestore as the caller, under the Security Rules | [`firestore::Firestore`] |
//! | Firestore as the service account (feature `firestore`) | `Google::firestore`, `firestore::AsServiceAccount` |
//! | other Google APIs | [`Google::access_tokens`], [`AccessToken::expose`] |
//! | another secret in the same JSON object | [`aws::ServiceAccount::member`] |
//!
//! ```text
//! service_account_key  a private key ─┐                 ┌─► accounts   is the sign-in revoked?
//! federation           the AWS role ──┴─► access_token ─┴─► app_check  was the token used?
//! signer               custom tokens, signed by either
//! firestore            as the caller: neither of them
//! aws                  reads the secret, and proves the role
//! call                 sends every request to Google
//! ```

mod access_token;
mod account_changes;
mod accounts;
mod app_check;
pub mod aws;
mod call;
mod credentials;
mod credentials_document;
mod custom_claims;
mod custom_token;
mod emulator;
mod error;
mod federation;
pub mod firestore;
mod google;
mod jws;
mod revocation;
mod scopes;
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
pub use aws::ScopedTokens;
pub use credentials_document::CredentialsError;
pub use custom_claims::CustomClaimsError;
pub use custom_token::{CustomToken, CustomTokenError};
pub use error::GoogleError;
pub use google::Google;
pub use revocation::Revocation;
pub use service_account_key::ServiceAccountKey;
pub use signer::{CustomTokens, Signer, Signers};
