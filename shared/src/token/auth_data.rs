//! The verified caller, under the name that Firebase users know.

use serde_json::{Map, Value};

use super::{TokenError, times::time};
use crate::Redacted;

/// The verified caller: proof that a user of the project signed in, made of an ID token that met every rule.
///
/// ```
/// use shared::{AuthData, HttpsError};
///
/// fn require_editor(auth: &AuthData) -> Result<&str, HttpsError> {
///     match auth.claim("role") {
///         Some(role) if role == "editor" => Ok(auth.uid()),
///         _ => Err(HttpsError::permission_denied("for editors only")),
///     }
/// }
/// ```
///
/// It has methods and no public field or constructor: only a verifier makes one, and nothing can be changed in it, so a
/// function that takes an `AuthData` cannot be called for an unverified token. This does not compile:
///
/// ```compile_fail,E0451
/// # fn forge(real: shared::AuthData) {
/// let forged = shared::AuthData { uid: shared::Redacted("admin".into()), ..real };
/// # }
/// ```
///
/// nor does this:
///
/// ```compile_fail,E0616
/// # fn forge(mut real: shared::AuthData) {
/// real.uid = shared::Redacted("admin".into());
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthData {
    uid: Redacted<String>,
    claims: Redacted<Map<String, Value>>,
    raw_token: Redacted<String>,
}

impl AuthData {
    /// For verifiers only: `claims` have passed the claim checks of [`IdTokenRules`](super::IdTokenRules) and whatever
    /// takes the place of a signature.
    pub(super) fn from_checked(
        raw: &str,
        mut claims: Map<String, Value>,
    ) -> Result<Self, TokenError> {
        let uid = claims.get("sub").and_then(Value::as_str).ok_or(TokenError::Sub)?.to_owned();
        // As in the reference, uid is the subject, whatever a custom claim of that name says.
        claims.insert("uid".to_owned(), Value::String(uid.clone()));
        Ok(Self {
            uid: Redacted(uid),
            claims: Redacted(claims),
            raw_token: Redacted(raw.to_owned()),
        })
    }

    /// The user's id, 1 to 128 characters.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid.0
    }

    /// A claim of the token, custom claims included; `None` if it is not there.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.0.get(name)
    }

    /// Every claim of the token, custom claims at the top level, and `uid`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims.0
    }

    /// The token as sent, for calls made on the user's behalf. A credential: keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.raw_token.0
    }

    /// The user's e-mail address. Proof of ownership: [`Self::email_verified`].
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Whether the user has proved ownership of the e-mail address; false if there is none.
    #[must_use]
    pub fn email_verified(&self) -> bool {
        self.claim("email_verified").and_then(Value::as_bool).unwrap_or(false)
    }

    /// The user's phone number.
    #[must_use]
    pub fn phone_number(&self) -> Option<&str> {
        self.text("phone_number")
    }

    /// The display name. Users and custom claims may set it to anything.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// The URL of the profile picture. Users and custom claims may set it to anything.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.text("picture")
    }

    /// How the user signed in: `password`, `anonymous`, `custom`, `google.com`, `saml.…`.
    #[must_use]
    pub fn sign_in_provider(&self) -> Option<&str> {
        self.claim("firebase")?.get("sign_in_provider")?.as_str()
    }

    /// The Identity Platform tenant of the user.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.claim("firebase")?.get("tenant")?.as_str()
    }

    /// When the user signed in, in seconds since 1970; refreshed tokens keep it.
    #[must_use]
    pub fn auth_time(&self) -> Option<i64> {
        time(self.claim("auth_time"))
    }

    /// When the token ends, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> i64 {
        time(self.claim("exp")).unwrap_or_default()
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claim(claim).and_then(Value::as_str)
    }
}
