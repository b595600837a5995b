//! A value that is fetched over the network and cached: the same rules for key sets, access tokens, accounts and
//! secrets.
//!
//! | the cached value is | a caller |
//! |---|---|
//! | fresh | uses it |
//! | in the last part of its fresh time | uses it, and starts a fetch for later callers |
//! | expired | waits briefly for a fetch, and uses the old value if that fails or takes longer |
//! | missing, or too old to be used | waits for a fetch, and gets the value or [`FetchFailure`] |
//!
//! All callers share one fetch.
//!
//! | file | concept |
//! |---|---|
//! | `source` | what a kind of value implements, and why a value can be missing |
//! | `age` | how a value may be used, by its age |
//! | `policy` | how long a fetch may take, and how long callers wait |
//! | `budget` | a call's own deadline, which shortens each wait |
//! | `backoff` | pauses after failures |
//! | `in_flight`, `task` | a running fetch: as the waiting callers see it, and the task itself |
//! | `state` | what all callers of a value share |
//! | `value`, `values` | one value; one value per key |
//!
//! Only the implementation of [`Source`] depends on where the value comes from and what it is for.

mod age;
mod backoff;
mod budget;
mod in_flight;
mod policy;
mod source;
mod state;
mod task;
mod value;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use age::Age;
pub use age::{CachedValue, Expiry};
pub use backoff::{Attempt, Backoff, Pauses};
pub(crate) use budget::step_until;
pub use budget::{budget, until, within};
pub use policy::FetchPolicy;
pub use source::{FetchFailure, Report, Source};
pub use value::FetchedValue;
pub use values::FetchedValues;

/// A random number from -1 to 1. It varies the times at which values are refreshed, so that many processes do not
/// send their requests at once.
#[must_use]
pub fn random_jitter() -> f64 {
    fastrand::f64() * 2.0 - 1.0
}
