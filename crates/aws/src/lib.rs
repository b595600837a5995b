//! AWS for a Firebase callable: the configuration of the AWS SDK on the same HTTPS client that fetches keys, and secrets
//! of one's own.

mod config;
mod connector;
mod failure;
pub mod secrets;
mod setup;

pub use config::Aws;
pub use failure::AwsError;
pub use secrets::{Secret, SecretError, SecretText};
pub use setup::AwsSetup;
