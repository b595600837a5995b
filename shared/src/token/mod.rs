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
mod clerk;
mod clerk_organization;
mod custom_token;
#[cfg(any(test, feature = "emulator"))]
pub mod emulator;
mod error;
mod id_token;
pub(crate) mod jws;
mod jwt;
mod public_key;
mod strict_json;
mod times;

#[cfg(test)]
mod tests;

pub use app_check::{AppCheckRules, AppCheckToken, InspectedAppCheck};
pub use clerk::{ClerkOrganization, ClerkRules, ClerkSession, InspectedClerkSession};
pub use custom_token::{CustomToken, CustomTokenError};
#[cfg(any(test, feature = "emulator"))]
pub use emulator::{EmulatorHost, EmulatorIdTokenRules};
pub use error::TokenError;
pub use id_token::{IdToken, IdTokenRules, InspectedIdToken, TenantPolicy};
pub use public_key::{KeySet, KeySetError, MAX_KEYS, PublicKey};
