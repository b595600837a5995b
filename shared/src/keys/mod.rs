//! Fetches and caches the keys that verify tokens.
//!
//! ```text
//! key(kid) ──► key set ──fresh──► key                     settings       addresses and times
//!                 │ none, expired, unknown kid            fetch          the trait that fetches
//!                 └──► one shared fetch ──► new key set   https          its implementation
//!                        (see `fetched`)                  cache_control  max-age and Age
//!                                                         source         fetch, parse and log a key set
//!                                                         verifier       rules, key, signature: proof
//! ```

mod cache;
mod cache_control;
mod error;
mod fetch;
mod https;
mod settings;
mod source;
mod verifier;

#[cfg(test)]
mod tests;

pub use cache::KeyCache;
pub use error::{KeysUnavailable, VerifyError};
pub use fetch::{Fetch, FetchError, Fetched};
pub use https::HttpsFetch;
pub use settings::{CacheSettings, google_app_check_keys, google_id_token_keys};
pub use verifier::{Keys, Verifier};
