//! Two questions that the engine leaves to other crates: whether a sign-in was revoked, and whether an App Check token
//! was used before. `firebase-callable-google` implements both.

use std::{error::Error, fmt::Debug};

use crate::{
    net::BoxFuture,
    token::{AppCheckData, AuthData},
};

/// Why a source fails. It is logged, so it must not contain any part of a token.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// The current state of the sign-in that an ID token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignIn {
    /// It is still accepted.
    Current,
    /// It was revoked: only tokens of later sign-ins are accepted.
    Revoked,
    /// The user is disabled.
    UserDisabled,
    /// The user does not exist.
    UserNotFound,
}

/// Looks up whether the sign-in of a verified ID token was revoked. Runs for each signed-in call of a callable with
/// `.check_revoked(…)`, so an implementation should cache its answers.
///
/// ```
/// use std::collections::HashSet;
/// use shared::{AuthData, callable::{RevocationSource, SignIn, SourceError}, net::BoxFuture};
///
/// #[derive(Debug)]
/// struct Banned(HashSet<String>);
///
/// impl RevocationSource for Banned {
///     fn sign_in<'a>(&'a self, auth: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>> {
///         let banned = self.0.contains(auth.uid());
///         Box::pin(async move { Ok(if banned { SignIn::UserDisabled } else { SignIn::Current }) })
///     }
/// }
/// ```
pub trait RevocationSource: Debug + Send + Sync + 'static {
    /// The current state of the sign-in that the token of `auth` belongs to.
    fn sign_in<'a>(&'a self, auth: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>>;
}

/// Marks App Check tokens as used. Runs once for each call of a callable with `.consume_app_check_token(…)`.
///
/// ```
/// use std::{collections::HashSet, sync::Mutex};
/// use shared::{AppCheckData, callable::{AppCheckConsumer, SourceError}, net::BoxFuture};
///
/// /// Remembers the tokens of this process only.
/// #[derive(Debug, Default)]
/// struct Used(Mutex<HashSet<String>>);
///
/// impl AppCheckConsumer for Used {
///     fn consume<'a>(&'a self, app: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>> {
///         let is_new = self.0.lock().unwrap().insert(app.raw_token().to_owned());
///         Box::pin(async move { Ok(!is_new) })
///     }
/// }
/// ```
pub trait AppCheckConsumer: Debug + Send + Sync + 'static {
    /// Marks the token of `app` as used. Returns whether it was used before.
    fn consume<'a>(&'a self, app: &'a AppCheckData) -> BoxFuture<'a, Result<bool, SourceError>>;
}
