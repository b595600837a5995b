//! What the engine asks of others, and does not know how to find out: whether a sign-in was revoked, and whether an
//! App Check token was used before. `firebase-callable-google` has an implementation of each.

use std::{error::Error, fmt::Debug};

use crate::{
    net::BoxFuture,
    token::{AppCheckData, AuthData},
};

/// Why a source has no answer. It is logged, so it carries nothing of a token; the client sees UNAVAILABLE.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// What became of a sign-in since its ID token was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignIn {
    /// It still counts.
    Current,
    /// It was revoked: the user's tokens count only from a later second on.
    Revoked,
    /// The user's account is disabled.
    UserDisabled,
    /// The user has no account.
    UserNotFound,
}

/// Tells whether the sign-in behind a verified ID token still counts. Asked for each signed-in call of a callable
/// with `.check_revoked(…)`, so an implementation caches its answers.
pub trait RevocationSource: Debug + Send + Sync + 'static {
    /// What became of the sign-in behind the token of `auth`.
    fn sign_in<'a>(&'a self, auth: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>>;
}

/// Marks App Check tokens as used. Asked once for each call of a callable with `.consume_app_check_token(…)`.
pub trait AppCheckConsumer: Debug + Send + Sync + 'static {
    /// Marks the token of `app` as used; `true` if it was used before.
    fn consume<'a>(&'a self, app: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>>;
}
