//! AWS for a Firebase callable: the configuration of the AWS SDK on the same HTTPS client that fetches keys.

mod config;
mod connector;

pub use config::Aws;
