//! Where keys come from: the only I/O below the engine.
//!
//! ```text
//! key(kid) ──► snapshot ──fresh──► key                    url            one fixed address
//!                 │ none, expired, unknown kid            fetch          the trait; tests script it
//!                 └──► one shared fetch ──► new snapshot  https          its one implementation
//!                        (own task, backoff)              cache_control  max-age and Age
//! ```

mod cache;
mod cache_control;
mod fetch;
mod https;
mod settings;
mod snapshot;
mod url;

#[cfg(test)]
mod tests;

pub use cache::{CacheStats, KeyCache, KeyError};
pub use fetch::{BoxFuture, Fetch, FetchError, Fetched};
pub use https::{FetchLimits, HttpsFetch};
pub use settings::CacheSettings;
pub use url::{KeyUrl, KeyUrlError};
