//! Where keys come from.
//!
//! ```text
//! key(kid) ──► snapshot ──fresh──► key                    settings       addresses and times
//!                 │ none, expired, unknown kid            fetch          the trait; tests script it
//!                 └──► one shared fetch ──► new snapshot  https          its one implementation
//!                        (own task, backoff)              cache_control  max-age and Age
//! ```

mod cache;
mod cache_control;
mod fetch;
mod https;
mod left_out;
mod settings;
mod snapshot;

#[cfg(test)]
mod tests;

pub use cache::{CacheStats, KeyCache, KeyError};
pub use fetch::{Fetch, FetchError, Fetched};
pub use https::HttpsFetch;
pub use settings::{CacheSettings, google_app_check_keys, google_id_token_keys};
