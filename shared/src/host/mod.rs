//! The hosts: how a callable meets the world. `run` picks one, and starts the process.
//!
//! | environment | host |
//! |---|---|
//! | `AWS_LAMBDA_RUNTIME_API` is set | Lambda, behind any of its HTTP fronts |
//! | otherwise | plain HTTP on `HOST` and `PORT` |

mod config;
mod http;
mod lambda;
mod start;
mod telemetry;

pub use config::{Config, ResponseMode, StartError};
pub use http::{Listener, serve};
pub use start::run;
