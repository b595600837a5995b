//! Tokens: (token, key, time) to proof. Pure and synchronous; nothing unverified leaves this floor.
//!
//! ```text
//!  "Bearer …" ──► UnverifiedJwt ──────► Inspected ─────────────────► AuthData
//!                 length, parts,        audience, issuer, subject,   signature:
//!                 alphabet, header      times, tenant                the proof
//!                                            └─ kid() ──► key set ──► PublicKey
//! ```
//!
//! Everything cheap and local comes before the key: a token of another project, or an expired one,
//! never causes a key fetch. The way is the same for every kind of token (`rules.rs`).

mod app_check;
mod app_check_data;
mod auth_data;
mod claims;
pub mod der;
pub mod emulator;
mod error;
mod id_token;
mod jwt;
mod key_set;
pub mod pem;
mod public_key;
mod rsa_numbers;
mod rules;
mod strict_json;
mod tenant;
mod times;
pub(crate) mod work;

#[cfg(test)]
mod tests;

pub use app_check::AppCheckRules;
pub use app_check_data::AppCheckData;
pub use auth_data::AuthData;
pub use claims::UnverifiedClaims;
pub use emulator::{EmulatorHost, EmulatorIdTokenRules};
pub use error::TokenError;
pub use id_token::{CUSTOM_TOKEN_AUDIENCE, IdTokenRules};
pub use jwt::UnverifiedJwt;
pub use key_set::{KeySet, KeySetError, LeftOut, MAX_KEYS};
pub use public_key::{PublicKey, PublicKeyError};
pub use rules::{Inspected, Rules, Verified, inspect, inspect_for_known_key};
pub use tenant::TenantPolicy;
pub use times::TimeRules;
