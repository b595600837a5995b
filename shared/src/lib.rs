//! Firebase callable functions on AWS Lambda: token verification, the wire envelope, the hosts.
//!
//! ```text
//! floor 4  host       Lambda, plain HTTP, configuration        run()
//! floor 3  callable   the engine: a tower service              Callable, CallableRequest
//! floor 2  keys       key sets, cached; net: one HTTPS request; the clock
//! floor 1  token      (token, key, now) → proof                IdToken
//! floor 0  protocol   bytes and headers, pure                  HttpsError, CorsOrigins
//! ```
//!
//! A floor may use those below it, never one above; a test reads the imports.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use shared::{Callable, CallableRequest, HttpsError};
//!
//! #[derive(Deserialize)]
//! struct Greeting { text: String }
//!
//! #[derive(Serialize)]
//! struct Greeted { message: String }
//!
//! async fn greet(request: CallableRequest<Greeting>) -> Result<Greeted, HttpsError> {
//!     let caller = request.require_auth()?;
//!     Ok(Greeted { message: format!("{}, {}", request.data.text, caller.uid()) })
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run(Callable::new(greet))
//! }
//! ```

pub mod callable;
pub mod clerk;
pub mod clock;
pub mod google;
pub mod host;
pub mod keys;
pub mod net;
pub mod protocol;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;

#[cfg(feature = "emulator")]
pub use callable::EmulatorProjects;
pub use callable::{
    AppCheckData, AuthData, Callable, CallableRequest, ChunkSender, Invocation, RevocationCheck,
    has_claim, has_claim_value, signed_in,
};
pub use host::{run, run_service};
pub use protocol::{CorsOrigins, ErrorCode, HttpsError};
pub use token::TenantPolicy;

/// The README's snippets are compiled as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
