//! Tokens: (token, key, time) to proof. Pure and synchronous; nothing unverified leaves this floor.
//!
//! ```text
//!  "Bearer …" ──► UnverifiedJwt ──────► InspectedIdToken ──────────► IdToken
//!                 length, parts,        audience, issuer, subject,   signature:
//!                 alphabet, header      times, tenant                the proof
//!                                            └─ kid() ──► key set ──► PublicKey
//! ```
//!
//! Everything cheap and local comes before the key: a token of another project, or an expired one,
//! never causes a key fetch.

mod app_check;
mod claims;
mod clerk;
mod clerk_organization;
pub mod der;
#[cfg(any(test, feature = "emulator"))]
pub mod emulator;
mod error;
mod id_token;
mod jwt;
mod key_set;
pub mod pem;
mod public_key;
mod rsa_numbers;
mod strict_json;
mod times;
pub(crate) mod work;

#[cfg(test)]
mod tests;

pub use app_check::{AppCheckRules, AppCheckToken, InspectedAppCheck};
pub use clerk::{ClerkOrganization, ClerkRules, ClerkSession, InspectedClerkSession};
#[cfg(any(test, feature = "emulator"))]
pub use emulator::{EmulatorHost, EmulatorIdTokenRules};
pub use error::TokenError;
pub use id_token::{CUSTOM_TOKEN_AUDIENCE, IdToken, IdTokenRules, InspectedIdToken, TenantPolicy};
pub use key_set::{KeySet, KeySetError, LeftOut, MAX_KEYS};
pub use public_key::{PublicKey, PublicKeyError};
