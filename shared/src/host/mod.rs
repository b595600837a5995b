//! The hosts: how a callable meets the world. `run` picks one, and starts the process.
//!
//! | environment | host |
//! |---|---|
//! | `AWS_LAMBDA_RUNTIME_API` is set | Lambda, behind any of its HTTP fronts |
//! | otherwise | plain HTTP on `HOST` and `PORT` |

mod authorities;
mod clerk_config;
mod config;
mod connection;
#[cfg(feature = "emulator")]
mod emulator;
mod event;
mod http;
mod init_error;
mod json_lines;
mod lambda;
mod lambda_answer;
mod runtime_api;
mod setup;
mod start;
mod telemetry;

pub use clerk_config::ClerkConfig;
pub use config::{Config, ResponseMode, StartError};
pub use http::{HttpLimits, Listener, serve};
pub use setup::{AuthEmulator, Setup};
pub use start::{run, run_service};

/// The body of a request, from either host.
pub type RequestBody =
    http_body_util::Either<hyper::body::Incoming, http_body_util::Full<bytes::Bytes>>;
