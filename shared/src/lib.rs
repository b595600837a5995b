//! Firebase callable functions in Rust, on AWS Lambda or anywhere else: what `httpsCallable('name')(data)` calls.
//!
//! # A callable
//!
//! An async function from [`CallableRequest`] to a result or an [`HttpsError`], and a `main` that serves it. One
//! binary is one callable.
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
//!
//! [`run`] reads its configuration from the environment, says in one sentence what is missing, and serves: events of
//! API Gateway, Function URLs and load balancers where `AWS_LAMBDA_RUNTIME_API` is set, HTTP on `PORT` elsewhere.
//!
//! # Who is calling
//!
//! `request.auth` is the user of a verified ID token, or `None`; a call with a token that is not valid never gets
//! here. [`AuthData`] has methods and no constructor: what is in it was verified. `request.app` is the app, by App
//! Check. A rule for all calls is a policy:
//!
//! ```
//! # use shared::{Callable, CallableRequest, HttpsError, has_claim_value};
//! # async fn publish(_: CallableRequest<()>) -> Result<(), HttpsError> { Ok(()) }
//! let callable = Callable::new(publish).auth_policy(has_claim_value("role", "editor"));
//! ```
//!
//! # Errors
//!
//! [`HttpsError`] is what the client sees: one of sixteen [codes](ErrorCode), a message, details. Every other error
//! becomes INTERNAL through `?`; its cause goes to the log, and no word of it to the client.
//!
//! ```
//! # use shared::HttpsError;
//! fn stock(text: &str) -> Result<u32, HttpsError> {
//!     let count: u32 = text.trim().parse()?; // INTERNAL
//!     if count == 0 {
//!         return Err(HttpsError::failed_precondition("sold out")); // FAILED_PRECONDITION
//!     }
//!     Ok(count)
//! }
//! ```
//!
//! # Streams
//!
//! [`Callable::streaming`] takes a function with a [`ChunkSender`]. It serves both kinds of clients: for one that
//! did not ask for a stream, sending does nothing.
//!
//! ```
//! use shared::{Callable, CallableRequest, ChunkSender, HttpsError};
//!
//! async fn count(request: CallableRequest<u32>, numbers: ChunkSender<u32>) -> Result<&'static str, HttpsError> {
//!     for number in 1..=request.data {
//!         numbers.send(&number).await?;
//!     }
//!     Ok("done")
//! }
//!
//! let callable = Callable::streaming(count);
//! ```
//!
//! # Tests
//!
//! With the feature `testing`, a call is one line, and goes through everything but the network: the envelope, a token
//! that is really signed and verified, the policy.
//!
#![cfg_attr(any(test, feature = "testing"), doc = "```")]
#![cfg_attr(not(any(test, feature = "testing")), doc = "```ignore")]
//! use shared::{Callable, CallableRequest, HttpsError, testing::Call};
//!
//! async fn who(request: CallableRequest<()>) -> Result<String, HttpsError> {
//!     Ok(request.require_auth()?.uid().to_owned())
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let answer = Call::with(()).signed_in("ada").claim("role", "editor").to(Callable::new(who)).await;
//! assert_eq!(answer.result(), "ada");
//! # });
//! ```
//!
//! # What more there is
//!
//! | for | see |
//! |---|---|
//! | every option of a callable | [`Callable`] |
//! | origins, App Check, revoked users | [`CorsOrigins`], [`Callable::enforce_app_check`], [`Callable::check_revoked`] |
//! | functions that need more than a callable: configuration of their own, webhooks | [`run_service`], [`host::Setup`] |
//! | Google's services on behalf of a service account; Clerk | the crates `firebase-callable-google`, `firebase-callable-clerk` |
//! | the engine in another host | [`Callable::into_service`]: a tower service of `http` requests |
//!
//! # Floors
//!
//! [`protocol`] (bytes and headers, pure) carries [`token`] (token, key, now → proof), which carries [`clock`] and
//! [`net`], these [`fetched`] (how long a fetched value is used), that [`keys`], these [`callable`] (the engine), and
//! that [`host`]. A module may use those below it, never one above; a test reads the imports. `ARCHITECTURE.md` says
//! more.

pub mod callable;
pub mod clock;
pub mod fetched;
pub mod host;
pub mod keys;
pub mod net;
pub mod protocol;
mod redacted;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;

pub use callable::{
    AppCheckData, AuthData, Callable, CallableRequest, ChunkSender, EmulatorProjects, Invocation,
    has_claim, has_claim_value, signed_in,
};
pub use host::{run, run_service};
pub use protocol::{CorsOrigins, ErrorCode, HttpsError};
pub use redacted::Redacted;
pub use token::TenantPolicy;
