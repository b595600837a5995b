//! For tests: keys and tokens made at run time, a clock that stands still, a call in one line.
//! Opens no door: tokens are real, and the production verifier checks them.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "in a test, what cannot be set up must fail"
)]

mod answer;
mod call;
mod clock;
mod cost;
mod keys;
mod mock_server;
mod pem;

pub use answer::Answer;
pub use call::{Call, NOW, PROJECT, PROJECT_NUMBER, authenticator, authenticator_at};
pub use clock::FixedClock;
pub use cost::costly_values;
pub use keys::{TestKeys, TokenBuilder, unsigned};
pub use mock_server::{MockServer, Reply, nowhere};
#[cfg(test)]
pub(crate) use pem::der;
pub use pem::{pem, spki};

pub use crate::token::work::spent_by;
