//! For tests of callables: a call in one line, keys and tokens that are generated at run time, a clock that the test
//! moves, a mock server. The feature does not weaken any check: tokens are signed, and the production verifier checks
//! them.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test whose set-up fails must fail"
)]

mod answer;
mod call;
mod clock;
mod cost;
mod invalid_fields;
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
