//! [Clerk](https://clerk.com) for Firebase callable functions: verifies session tokens and webhooks. How to
//! use a verified one is up to the function: see `functions/exchange-clerk-token` and `functions/clerk-webhook`.
//!
//! | file | concept |
//! |---|---|
//! | `config` | the variables `CLERK_…`, read at start |
//! | `session_token`, `organization` | the rules for a session token, and the proof that a token met all of them |
//! | `sessions` | rules, keys and clock in one verifier: [`ClerkSessions`] |
//! | `claims` | the values of a session that may become claims of a Firebase user |
//! | `bearer_form` | a callable for callers without a Firebase SDK |
//! | `webhook` | the signature of a webhook message |
//!
//! A callable that takes a Clerk session token:
//!
//! ```no_run
//! use firebase_callable_clerk::ClerkSessions;
//! use shared::{Callable, CallableRequest, HttpsError, callable::rejection};
//!
//! async fn who(sessions: ClerkSessions, request: CallableRequest<String>) -> Result<String, HttpsError> {
//!     let session = sessions.verify(&request.data).await.map_err(rejection)?;
//!     Ok(session.user_id().to_owned())
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run_with(async |setup| {
//!         let sessions = ClerkSessions::from_setup(setup)?;
//!         Ok(Callable::with(sessions, who).ignore_id_token(true))
//!     })
//! }
//! ```

mod bearer_form;
mod claims;
mod config;
mod organization;
mod session_token;
mod sessions;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod webhook;

pub use bearer_form::BearerForm;
pub use claims::ClerkClaim;
pub use organization::ClerkOrganization;
pub use session_token::{ClerkRules, ClerkSession};
pub use sessions::ClerkSessions;
pub use webhook::{WebhookError, WebhookSecret};
