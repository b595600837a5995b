//! Firebase callable functions on AWS Lambda.

pub mod clock;
pub mod keys;
pub mod protocol;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;

pub use protocol::{CorsOrigins, ErrorCode, HttpsError};
