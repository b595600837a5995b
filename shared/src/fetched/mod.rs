//! A value that is fetched over the network: one set of rules for key sets, access tokens, accounts and
//! secrets.
//!
//! ```text
//! get() ──► value ──fresh──────────────────────────► value      value   single flight, who waits how long
//!             │ ending: refreshed, not waited for ──► value      flight  the fetch, in a task of its own
//!             │ expired: waited for shortly ────────► new | old  age     what may be done at which age
//!             └ none, unusable: waited for ─────────► new | Trouble
//!                  │                                             state   what all callers share
//!                  └──► one fetch, shared, within a budget       backoff pauses after failures, for all
//!                                                                budget  never longer than the caller has
//!                                                                values  the same, one value per key
//! ```
//!
//! Only the [`Source`] knows where the value comes from and what it is for.

mod age;
mod backoff;
mod budget;
mod flight;
mod state;
mod value;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use age::Age;
pub use age::{Ages, Kept};
pub use backoff::{Attempt, Backoff, Pauses};
pub(crate) use budget::step_until;
pub use budget::{budget, until, within};
pub use flight::{Report, Source, Trouble};
pub use value::{Discipline, FetchedValue};
pub use values::FetchedValues;

/// A number from -1 to 1, another one each time: it varies the times at which values are replaced, so that
/// many processes do not ask at once.
#[must_use]
pub fn random_jitter() -> f64 {
    fastrand::f64() * 2.0 - 1.0
}
