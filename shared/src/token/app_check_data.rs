//! The verified app, under the name that Firebase users know.

use serde_json::{Map, Value};

use super::{AppCheckRules, TokenError, Verified};
use crate::Redacted;

/// The verified app: proof that a registered app calls, made of an App Check token that met every rule. It says which
/// app calls, never which user.
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
/// Like [`AuthData`](super::AuthData), only a verifier makes one. This does not compile:
///
/// ```compile_fail,E0451
/// # fn forge(real: shared::AppCheckData) {
/// let forged = shared::AppCheckData { app_id: shared::Redacted("1:1:web:1".into()), ..real };
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AppCheckData {
    app_id: Redacted<String>,
    claims: Redacted<Map<String, Value>>,
    raw_token: Redacted<String>,
    already_consumed: Option<bool>,
}

impl AppCheckData {
    pub(super) fn new(token: Verified<'_, AppCheckRules>) -> Result<Self, TokenError> {
        let app_id = token.text("sub").ok_or(TokenError::Sub)?.to_owned();
        let raw_token = Redacted(token.raw().to_owned());
        let mut claims = token.into_claims();
        claims.insert("app_id".to_owned(), Value::String(app_id.clone()));
        Ok(Self {
            app_id: Redacted(app_id),
            claims: Redacted(claims),
            raw_token,
            already_consumed: None,
        })
    }

    /// Notes what the consumer of the token said.
    pub(crate) fn set_consumed(&mut self, already: bool) {
        self.already_consumed = Some(already);
    }

    /// The app's id, such as `1:1234567890:web:321abc456def7890`.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id.0
    }

    /// Every claim of the token, and `app_id`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims.0
    }

    /// The token as sent. Keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.raw_token.0
    }

    /// Whether the token was used before, in a callable with
    /// [`consume_app_check_token`](crate::Callable::consume_app_check_token); `None` in others. A token that was is no
    /// longer proof against replay: the handler decides.
    #[must_use]
    pub fn already_consumed(&self) -> Option<bool> {
        self.already_consumed
    }
}
