//! The verified app. The type has the same name as in Firebase's SDK for functions.

use serde_json::{Map, Value};

use super::{TokenError, proof::Proof};
use crate::Redacted;

/// The verified app: proof that the call comes from a registered app, made from an App Check token that met every rule.
/// It identifies the app, not the user.
///
/// ```
/// use shared::{AppCheckData, HttpsError};
///
/// fn refuse_replay(app: &AppCheckData) -> Result<&str, HttpsError> {
///     match app.already_consumed() {
///         Some(false) => Ok(app.app_id()),
///         _ => Err(HttpsError::unauthenticated("get a new App Check token")),
///     }
/// }
/// ```
///
/// Only a verifier can make one, as with [`AuthData`](super::AuthData). This does not compile:
///
/// ```compile_fail,E0451
/// let forged = shared::AppCheckData { proof: unreachable!(), already_consumed: None };
/// ```
#[derive(Debug, Clone)]
pub struct AppCheckData {
    proof: Redacted<Proof>,
    already_consumed: Option<bool>,
}

impl AppCheckData {
    /// For verifiers only: `claims` have passed the claim checks of [`AppCheckRules`](super::AppCheckRules), and the
    /// signature was checked.
    pub(super) fn from_checked(raw: &str, claims: Map<String, Value>) -> Result<Self, TokenError> {
        let proof = Redacted(Proof::new(raw, claims, "app_id")?);
        Ok(Self { proof, already_consumed: None })
    }

    /// Records whether the token was used before.
    pub(crate) fn set_consumed(&mut self, already: bool) {
        self.already_consumed = Some(already);
    }

    /// The app's id, such as `1:1234567890:web:321abc456def7890`.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.proof.0.subject
    }

    /// Every claim of the token, and `app_id`, which is always the subject.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.proof.0.claims
    }

    /// The token as sent. It is a credential: keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.proof.0.raw_token
    }

    /// Whether the token was used before; `None` in a callable without
    /// [`consume_app_check_token`](crate::Callable::consume_app_check_token). A token that was used before may be a
    /// replay: the handler decides whether to accept it.
    #[must_use]
    pub fn already_consumed(&self) -> Option<bool> {
        self.already_consumed
    }
}
