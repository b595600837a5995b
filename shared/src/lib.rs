//! Firebase callable functions on AWS Lambda.

pub mod clock;
pub mod keys;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;
