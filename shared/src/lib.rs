//! Firebase callable functions in Rust, on AWS Lambda or in any container: the server side of
//! `httpsCallable('name')(data)`.
//!
//! # A callable
//!
//! A callable is an async function from [`CallableRequest`] to a result or an [`HttpsError`], and a `main` that serves
//! it. Each callable is one binary, unless [`run_all`] puts several into one.
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
//! [`run`] reads the configuration from environment variables. If a variable is missing or wrong, it logs one sentence
//! that names it, and ends the process. Where `AWS_LAMBDA_RUNTIME_API` is set, it handles events of API Gateway,
//! Function URLs and load balancers; elsewhere, and on Lambda Web Functions, it serves HTTP.
//!
//! # Who is calling
//!
//! `request.auth` is the user of a verified ID token, or `None` if the call has no token. A call with an invalid token
//! is rejected before the function runs. [`AuthData`] has no public constructor: it always comes from a verified token.
//! `request.app` is the app that App Check has attested. A policy is a rule that every call must pass:
//!
//! ```
//! # use shared::{Callable, CallableRequest, HttpsError, has_claim_value};
//! # async fn publish(_: CallableRequest<()>) -> Result<(), HttpsError> { Ok(()) }
//! let callable = Callable::new(publish).auth_policy(has_claim_value("role", "editor"));
//! ```
//!
//! # Errors
//!
//! An [`HttpsError`] has the parts of an error that the client sees: one of sixteen [codes](ErrorCode), a message,
//! details. `?` turns an error that implements `std::error::Error` into INTERNAL, and so does `.or_internal()?` with
//! anyhow's, boxed errors and texts; `.or_error(code, message)?` gives it another code. The cause is logged with all its
//! own causes, and never sent to the client.
//!
//! ```
//! # use shared::{ErrorCode, HttpsError, OrError};
//! fn stock(text: Option<&str>) -> Result<u32, HttpsError> {
//!     let text = text.or_error(ErrorCode::NotFound, "no such article")?; // NOT_FOUND
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
//! [`Callable::streaming`] takes a function with a [`ChunkSender`]. It serves clients that ask for a stream and those
//! that do not; for the latter, sending a chunk does nothing.
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
//! With the feature `testing`, a test calls a callable in one line. The call goes through the whole engine, but
//! not over the network: the envelope is decoded, the token is signed and verified, the policy is applied.
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
//! # Further reading
//!
//! | for | see |
//! |---|---|
//! | every option of a callable | [`Callable`] |
//! | origins, App Check, revoked users | [`CorsOrigins`], [`Callable::enforce_app_check`], [`Callable::check_revoked`] |
//! | state, a start that awaits, a function's own configuration; functions that are not callables, such as webhooks | [`run_with`], [`host::Setup`] |
//! | Google's services on behalf of a service account | the crate `firebase-callable-google` |
//! | another host | [`Callable::into_service`]: a tower service for `http` requests |
//!
//! # Modules
//!
//! | module | concept |
//! |---|---|
//! | [`host`] | serves a callable on AWS Lambda or over HTTP; configuration, start, log |
//! | [`callable`] | the engine: authenticates a request, runs the function, encodes the answer |
//! | [`keys`] | caches the issuers' public keys, and verifies tokens with them |
//! | [`fetched`] | when a fetched value is fresh, stale or unusable, and when it is fetched again |
//! | [`net`], [`clock`] | outgoing HTTPS requests; time |
//! | [`token`] | verifies a token with a given key at a given time, and returns its claims; without I/O |
//! | [`protocol`] | the format of requests and answers, without I/O |
//!
//! A module imports only from modules below it in this table; a test checks all imports. More is in `ARCHITECTURE.md`.

#[cfg(all(panic = "abort", not(doc)))]
compile_error!(
    "a panic would end the process, and the client would get no answer: write [profile.release] and panic = \"unwind\" \
     into the workspace's Cargo.toml, since tools for deployment add \"abort\" where that line is absent"
);

pub mod callable;
pub mod clock;
pub mod fetched;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
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
pub use host::{run, run_all, run_with};
pub use protocol::{
    CorsOrigins, ErrorCode, HttpsError, Int64, OrError, data_path, data_path_camel_case,
};
pub use redacted::Redacted;
pub use token::TenantPolicy;
