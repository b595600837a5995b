//! The hosts, which receive a function's calls and send its answers. `run` selects the host by the environment:
//!
//! | environment | host |
//! |---|---|
//! | `AWS_LAMBDA_HTTP_ENDPOINT` is set | `http`: plain HTTP at this address, as a Lambda Web Function |
//! | `AWS_LAMBDA_RUNTIME_API` is set | `lambda`, behind any of its HTTP fronts |
//! | otherwise | `http`: plain HTTP on `HOST` and `PORT` |

mod authorities;
mod config;
mod emulator;
mod error;
mod forwarded_for;
mod http;
mod lambda;
mod log;
mod mirror;
mod request_body;
mod servable;
mod setup;
mod start;
mod variable;
mod variables;

pub use emulator::AuthEmulator;
pub use error::{StartError, StartResults};
pub use http::{HttpLimits, Listener, serve};
#[cfg(feature = "fuzzing")]
pub(crate) use lambda::fuzzing;
pub use mirror::{KeyMirror, MirrorError};
pub use request_body::RequestBody;
pub use servable::Servable;
pub use setup::Setup;
pub use start::{run, run_all, run_with};
pub use variable::Variable;
