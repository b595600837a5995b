//! Secrets and identity from AWS. The only place that names the AWS SDK; its client is built when it is first needed.
//!
//! ```text
//! manager          one secret of Secrets Manager ──► cached_secret ──► service_account
//! caller_identity  which role we run as ───────────────────────────────────┘
//! connector        the requests of both
//! ```

mod cached_secret;
mod caller_identity;
mod connector;
mod contents;
mod manager;
mod service_account;

#[cfg(test)]
mod tests;

pub use caller_identity::CallerIdentity;
pub use manager::{Aws, Secret, SecretError, SecretSource, SecretsManager};
pub use service_account::ServiceAccount;
pub(crate) use service_account::VARIABLE;
