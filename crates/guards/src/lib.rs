//! Guards for Firebase callables: a call that must run once, limits, and App Check tokens that count once. Their state is
//! in one DynamoDB table, whose name is in `GUARD_TABLE`.
//!
//! | guard | for | writes per call |
//! |---|---|---|
//! | [`Guards::once`] | a call that must not run twice, such as a payment | 2 |
//! | [`Guards::limit`] | at most so many calls per user, app or address | 1 |
//! | [`Guards::app_check_tokens`] | an App Check token that must not be used twice | 1 |
//!
//! ```no_run
//! use firebase_callable_guards::{Guards, IfUnreachable, MINUTE, per_user};
//! use serde::Deserialize;
//! use shared::{Callable, CallableRequest, HttpsError};
//!
//! #[derive(Deserialize)]
//! struct Payment { id: String, cents: u32 }
//!
//! async fn pay(request: CallableRequest<Payment>) -> Result<u32, HttpsError> {
//!     Ok(request.data.cents)
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     shared::run_with(async |setup| {
//!         let guards = Guards::from_setup(setup).await?;
//!         Ok(Callable::new(pay)
//!             .guard(guards.once(|data: &Payment| Some(data.id.clone()), IfUnreachable::Refuse))
//!             .guard(guards.limit(per_user(60, MINUTE), IfUnreachable::Allow)))
//!     })
//! }
//! ```
//!
//! Guards are asked in the order in which they are added, and only about a call that would otherwise run. With `once`
//! first, a duplicate gets its answer without counting against the limit.
//!
//! **The table**: its partition key is the string `pk`, without a sort key; its attribute for the time to live is
//! `expires`. The function's role needs `dynamodb:PutItem`, `UpdateItem`, `DeleteItem` and `GetItem` on it. Names in it
//! are hashes; the only text of a user in it is the answer that `once` keeps.
//!
//! **If the table cannot be used**, each guard does what its [`IfUnreachable`] says, after a second at most; the log
//! has one sentence that says why.
//!
//! ```text
//! guards   makes every guard ─► once, limit (window), app_check ─► unreachable ─► store (dynamodb, memory)
//! ```

mod app_check;
mod fingerprint;
mod guards;
mod limit;
mod once;
mod store;
mod time;
mod unreachable;
mod window;

#[cfg(test)]
mod tests;

pub use app_check::AppCheckTokens;
pub use guards::Guards;
pub use limit::{DAY, HOUR, Limit, Limiter, MINUTE, per_app, per_ip, per_user};
pub use once::Once;
pub use unreachable::IfUnreachable;
