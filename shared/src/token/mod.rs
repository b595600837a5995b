//! Token verification. Pure and synchronous: a token, a key and the time go in, a proof comes out. A claim
//! of an unverified token never becomes part of a proof: the rules only compare it.
//!
//! ```text
//!  "Bearer …" ──► UnverifiedJwt ──────► Inspected ─────────────────► AuthData
//!                 length, parts,        audience, issuer, subject,   signature:
//!                 alphabet, header      times, tenant                the proof
//!                                            └─ kid() ──► key set ──► PublicKey
//! ```
//!
//! Every check that needs no key comes before the lookup of the key: a token of another project, or an expired one,
//! never causes a key fetch. The steps are the same for every kind of token (`rules.rs`).

mod app_check;
mod app_check_data;
mod auth_data;
mod claims;
mod der;
pub mod emulator;
mod error;
mod id_token;
mod jwt;
mod key_set;
mod pem;
mod proof;
mod public_key;
mod public_key_error;
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
pub use der::is_one_der_sequence;
pub use emulator::{EmulatorHost, EmulatorIdTokenRules};
pub use error::TokenError;
pub use id_token::{CUSTOM_TOKEN_AUDIENCE, IdTokenRules};
pub use jwt::UnverifiedJwt;
pub use key_set::{KeySet, KeySetError, LeftOut};
pub use pem::single_pem_block;
pub use public_key::PublicKey;
pub use public_key_error::PublicKeyError;
pub use rules::{Inspected, Rules, Verified, inspect, inspect_for_known_key};
pub use tenant::TenantPolicy;
pub use times::TimeRules;
