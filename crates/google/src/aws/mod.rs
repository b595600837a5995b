//! Secrets and identity from AWS. Only this module names the AWS SDK. The SDK's client is built when it is first
//! needed.
//!
//! ```text
//! manager          one secret of Secrets Manager ──► cached_secret ──► service_account
//! caller_identity  proves which role we run as ────────────┘
//! ```

mod cached_secret;
mod caller_identity;
mod manager;
mod service_account;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use caller_identity::CallerIdentity;
pub use firebase_callable_aws::Aws;
#[cfg(test)]
pub(crate) use manager::{Secret, SecretError, SecretSource};
pub use service_account::ServiceAccount;
