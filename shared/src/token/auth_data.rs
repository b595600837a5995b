//! The verified caller. The type has the same name as in Firebase's SDK for functions.

use serde_json::{Map, Value};

use super::{TokenError, claims::time, proof::Proof};
use crate::Redacted;

/// The verified caller: proof that a user of the project signed in, made from an ID token that met every rule.
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
/// It has no public field and no public constructor: only a verifier can make one, and no code outside can change it.
/// So a function that takes an `AuthData` cannot be called for an unverified token. This does not compile:
///
/// ```compile_fail,E0451
/// let forged = shared::AuthData { proof: unreachable!() };
/// ```
///
/// This does not compile, either:
///
/// ```compile_fail,E0616
/// # fn forge(mut real: shared::AuthData) {
/// real.proof = unreachable!();
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthData {
    proof: Redacted<Proof>,
}

impl AuthData {
    /// For verifiers only: `claims` have passed the claim checks of [`IdTokenRules`](super::IdTokenRules), and the
    /// signature was checked (in emulator mode: that there is none).
    pub(super) fn from_checked(raw: &str, claims: Map<String, Value>) -> Result<Self, TokenError> {
        Ok(Self { proof: Redacted(Proof::new(raw, claims, "uid")?) })
    }

    /// The user's id, 1 to 128 characters.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.proof.0.subject
    }

    /// A claim of the token, custom claims included; `None` if the token does not have it.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims().get(name)
    }

    /// Every claim of the token, custom claims at the top level, and `uid`, which is always the subject.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.proof.0.claims
    }

    /// The token as sent, for calls on the user's behalf. It is a credential: keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.proof.0.raw_token
    }

    /// The user's e-mail address. [`Self::email_verified`] says whether the user has proved ownership of it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Whether the user has proved ownership of the e-mail address; false without an address.
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

    /// When the user signed in, in seconds since 1970. Refreshing a token does not change it.
    #[must_use]
    pub fn auth_time(&self) -> Option<i64> {
        time(self.claim("auth_time"))
    }

    /// When the token expires, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> i64 {
        time(self.claim("exp")).unwrap_or_default()
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claim(claim).and_then(Value::as_str)
    }
}
