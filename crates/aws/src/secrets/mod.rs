//! Secrets, read when they are first needed and again every five minutes, so that a rotation takes effect without a
//! restart.
//!
//! ```text
//! manager  one secret of Secrets Manager ──► cached ──► secret  what a handler reads
//! ```

mod cached;
mod error;
mod id;
mod manager;
mod registry;
mod secret;
mod source;

pub use cached::FETCH_POLICY;
pub use error::{ReadError, SecretError};
pub use manager::SecretsManager;
pub(crate) use registry::Secrets;
pub use secret::{Secret, SecretText};
pub use source::{SecretSource, StoredSecret};
