//! The rules for App Check tokens, and the proof that one of them met all of them: which app calls,
//! not which user. Source: firebase/firebase-admin-node `src/app-check/token-verifier.ts`.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    PublicKey, TokenError,
    claims::Claims,
    jwt::{Inspected, MAX_TOKEN_BYTES, UnverifiedJwt},
    times::TimeRules,
};

const ISSUER_PREFIX: &str = "https://firebaseappcheck.googleapis.com/";
/// Real tokens name two audiences.
const MAX_AUDIENCES: usize = 8;
/// What the iOS and Android SDKs send when attestation failed, instead of no token.
const PLACEHOLDER: &str = "eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==";

/// Which App Check tokens are accepted: those of one Firebase project.
#[derive(Debug, Clone)]
pub struct AppCheckRules {
    project: String,
    number: Option<String>,
    times: TimeRules,
}

impl AppCheckRules {
    /// The rules of the project with this id. All projects' tokens are signed with the same keys:
    /// audience and issuer are what tells them apart.
    #[must_use]
    pub fn new(project_id: &str) -> Self {
        Self {
            project: format!("projects/{project_id}"),
            number: None,
            times: TimeRules::default(),
        }
    }

    /// Requires this project number in issuer and audience. Without it they must agree.
    #[must_use]
    pub fn project_number(mut self, number: &str) -> Self {
        self.number = Some(number.to_owned());
        self
    }

    /// Everything that needs no key. `now` in seconds since 1970.
    ///
    /// # Errors
    /// The first rule that is not met.
    pub fn inspect<'t>(&self, raw: &'t str, now: i64) -> Result<InspectedAppCheck<'t>, TokenError> {
        if raw == PLACEHOLDER {
            return Err(TokenError::Placeholder);
        }
        let token = Inspected::new(raw, UnverifiedJwt::decode(raw, MAX_TOKEN_BYTES, "RS256")?)?;
        self.check_parties(token.claims())?;
        if token.claims().text("sub").is_none_or(str::is_empty) {
            return Err(TokenError::Sub);
        }
        self.times.check(token.claims(), now)?;
        Ok(InspectedAppCheck(token))
    }

    /// Stricter than the Admin SDKs, which take any issuer with the prefix.
    fn check_parties(&self, claims: &Claims) -> Result<(), TokenError> {
        let audiences = claims.get("aud").and_then(Value::as_array).ok_or(TokenError::Aud)?;
        if audiences.len() > MAX_AUDIENCES {
            return Err(TokenError::Aud);
        }
        let audiences: Option<Vec<&str>> = audiences.iter().map(Value::as_str).collect();
        let audiences = audiences.ok_or(TokenError::Aud)?;
        if !audiences.contains(&self.project.as_str()) {
            return Err(TokenError::Aud);
        }
        let issuer = claims.text("iss").ok_or(TokenError::Iss)?;
        let number = issuer.strip_prefix(ISSUER_PREFIX).ok_or(TokenError::Iss)?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || self.number.as_deref().is_some_and(|configured| configured != number) {
            return Err(TokenError::Iss);
        }
        let agrees = |audience: &&str| audience.strip_prefix("projects/") == Some(number);
        if audiences.iter().any(agrees) { Ok(()) } else { Err(TokenError::Iss) }
    }
}

/// A token that met every rule but the signature.
pub struct InspectedAppCheck<'t>(Inspected<'t>);

impl InspectedAppCheck<'_> {
    /// The id of the key that the token says it is signed with: not trusted, only looked up.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.0.kid()
    }

    /// Checks the signature, the last rule.
    ///
    /// # Errors
    /// [`TokenError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<AppCheckToken, TokenError> {
        let (raw, claims) = self.0.verify(key)?.into_parts();
        let app_id = claims.text("sub").ok_or(TokenError::Sub)?.to_owned();
        let mut claims = claims.into_members();
        claims.insert("app_id".to_owned(), Value::String(app_id.clone()));
        Ok(AppCheckToken { app_id, claims, raw_token: raw.to_owned() })
    }
}

impl fmt::Debug for InspectedAppCheck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedAppCheck").finish_non_exhaustive()
    }
}

/// A verified App Check token: proof that a registered app calls. Only the verifier makes one:
///
/// ```compile_fail
/// let forged = shared::token::AppCheckToken { app_id: "1:1:web:1".into(), claims: Default::default(), raw_token: String::new() };
/// ```
#[derive(Clone)]
pub struct AppCheckToken {
    app_id: String,
    claims: Map<String, Value>,
    raw_token: String,
}

impl AppCheckToken {
    /// The app's id, such as `1:1234567890:web:321abc456def7890`.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// Every claim of the token, and `app_id`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The token as sent. Keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.raw_token
    }
}

impl fmt::Debug for AppCheckToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppCheckToken").finish_non_exhaustive()
    }
}
