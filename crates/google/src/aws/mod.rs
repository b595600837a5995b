//! The service account's secret, and the identity of the function, from AWS. Only this module names the AWS SDK.
//!
//! ```text
//! firebase_callable_aws::secrets  one secret of Secrets Manager ──► cached_secret ──► service_account
//! caller_identity                 proves which role we run as ────────────┘
//! ```

mod cached_secret;
mod caller_identity;
mod scoped_tokens;
mod service_account;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use caller_identity::CallerIdentity;
pub use firebase_callable_aws::Aws;
#[cfg(test)]
pub(crate) use firebase_callable_aws::secrets::{ReadError, SecretSource, StoredSecret};
pub use scoped_tokens::ScopedTokens;
pub use service_account::ServiceAccount;
