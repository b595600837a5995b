//! Fetches and caches the keys that verify tokens.
//!
//! ```text
//! key(kid) ──► key set ──fresh──► key                     settings       addresses and times
//!                 │ none, expired, unknown kid            fetch          the trait that fetches
//!                 └──► one shared fetch ──► new key set   https          its implementation
//!                        (see `fetched`)                  cache_control  max-age and Age
//!                                                         source         package, mirror or issuer; parse, log
//!                                                         copy           a set that is stored elsewhere
//!                                                         copies, baked  where copies are: mirror, package
//!                                                         verifier       rules, key, signature: proof
//! ```

mod baked;
mod cache;
mod cache_control;
mod copies;
mod copy;
mod error;
mod fetch;
mod https;
mod settings;
mod source;
mod verifier;

#[cfg(test)]
mod tests;

pub use baked::BakedKeys;
pub use cache::KeyCache;
#[cfg(feature = "fuzzing")]
pub(crate) use cache_control::lifetime;
pub use copies::{Copies, KeyOrigin, Mirror};
pub use copy::{CopyError, KeyCopy};
pub use error::{KeysUnavailable, VerifyError};
pub use fetch::{Fetch, FetchError, Fetched};
pub use https::HttpsFetch;
pub use settings::{CacheSettings, google_app_check_keys, google_id_token_keys};
pub use verifier::{Keys, Verifier};
