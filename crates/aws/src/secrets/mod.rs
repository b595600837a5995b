//! Secrets, read when they are first needed and again every five minutes, so that a rotation takes effect without a
//! restart.
//!
//! ```text
//! manager    one secret of Secrets Manager ─┐
//! parameter  one SecureString parameter ────┼──► cached ──► secret  what a handler reads
//! local      a line of a file, locally ─────┘
//! ```

mod cached;
mod error;
mod id;
mod local;
mod manager;
#[cfg(feature = "parameters")]
mod parameter;
mod registry;
mod secret;
mod source;
mod text;

#[cfg(test)]
mod tests;

pub use cached::{FETCH_POLICY, expiry};
pub use error::{ReadError, SecretError, Store};
pub use manager::SecretsManager;
pub use registry::Secrets;
pub use secret::Secret;
pub use source::{SecretSource, StoredSecret};
pub use text::SecretText;
