//! Where keys come from.
//!
//! ```text
//! key(kid) ──► key set ──fresh──► key                     settings       addresses and times
//!                 │ none, expired, unknown kid            fetch          the trait; tests script it
//!                 └──► one shared fetch ──► new key set   https          its one implementation
//!                        (see `fetched`)                  cache_control  max-age and Age
//!                                                         source         all of that, for the cache
//!                                                         verifier       rules, key, signature: proof
//! ```

mod cache;
mod cache_control;
mod fetch;
mod https;
mod left_out;
mod settings;
mod source;
mod verifier;

#[cfg(test)]
mod tests;

pub use cache::{CacheStats, KeyCache, KeyError};
pub use fetch::{Fetch, FetchError, Fetched};
pub use https::HttpsFetch;
pub use settings::{CacheSettings, google_app_check_keys, google_id_token_keys};
pub use verifier::{Keys, KeysUnavailable, Verifier, VerifyError};
