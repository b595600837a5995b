//! Secrets and identity from AWS, in builds with the feature `secrets`. The only place that names the
//! AWS SDK; its client is built when it is first needed.
//!
//! ```text
//! manager          one secret of Secrets Manager ──► kept ──► credentials   one service account
//! caller_identity  which role we run as ─────────────────────────┘            for google
//! connector        the requests of both
//! ```

mod caller_identity;
mod connector;
mod credentials;
mod kept;
mod manager;

#[cfg(test)]
mod tests;

pub use caller_identity::CallerIdentity;
pub use credentials::ServiceAccount;
pub use kept::KeptSecret;
pub use manager::{Aws, Secret, SecretError, SecretSource, SecretsManager};
