//! The rules for Firebase ID tokens. What a token that met all of them proves is in `auth_data.rs`.
//! Source: firebase/firebase-admin-node `src/auth/token-verifier.ts`; stricter where it says so.

use std::time::Duration;

use serde_json::Value;

use super::{
    AuthData, Rules, TenantPolicy, TimeRules, TokenError, UnverifiedClaims, UnverifiedJwt,
    Verified, jwt::MAX_TOKEN_BYTES,
};

/// The audience of custom tokens, which are for Google and no callable.
pub const CUSTOM_TOKEN_AUDIENCE: &str =
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";
const ISSUER_PREFIX: &str = "https://securetoken.google.com/";
/// Counted as JavaScript counts: in UTF-16 units.
const MAX_UID_UNITS: usize = 128;

/// Which ID tokens are accepted: those of one Firebase project.
///
/// ```
/// use std::time::Duration;
/// use shared::{TenantPolicy, token::IdTokenRules};
///
/// let rules = IdTokenRules::new("my-app")
///     .exp_skew(Duration::from_secs(10))
///     .iat_skew(Duration::from_secs(60))
///     .max_token_bytes(4096)
///     .tenants(TenantPolicy::one_of(["tenant-1"]));
/// ```
#[derive(Debug, Clone)]
pub struct IdTokenRules {
    project_id: String,
    issuer: String,
    times: TimeRules,
    max_token_bytes: usize,
    tenants: TenantPolicy,
}

impl IdTokenRules {
    /// The rules of the project with this id.
    #[must_use]
    pub fn new(project_id: &str) -> Self {
        Self {
            project_id: project_id.to_owned(),
            issuer: format!("{ISSUER_PREFIX}{project_id}"),
            times: TimeRules::default(),
            max_token_bytes: MAX_TOKEN_BYTES,
            tenants: TenantPolicy::any(),
        }
    }

    /// How long after its end a token is still accepted: 0 (default) to 60 seconds.
    /// Clients refresh before the end, and the reference has no tolerance either.
    #[must_use]
    pub fn exp_skew(mut self, skew: Duration) -> Self {
        self.times = self.times.exp_skew(skew);
        self
    }

    /// How far in the future a token may be issued. Default: 300 seconds.
    #[must_use]
    pub fn iat_skew(mut self, skew: Duration) -> Self {
        self.times = self.times.iat_skew(skew);
        self
    }

    /// The longest token that is looked at, in bytes. Default and ceiling: 16 384.
    #[must_use]
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes.min(MAX_TOKEN_BYTES);
        self
    }

    /// Which tenants' users are accepted. Default: any.
    #[must_use]
    pub fn tenants(mut self, tenants: TenantPolicy) -> Self {
        self.tenants = tenants;
        self
    }
}

impl Rules for IdTokenRules {
    type Proof = AuthData;

    fn max_token_bytes(&self) -> usize {
        self.max_token_bytes
    }

    fn check_kind(&self, token: &UnverifiedJwt<'_>) -> Result<(), TokenError> {
        // Named before its missing key id, so that the log says what went wrong.
        if token.claims().is("aud", CUSTOM_TOKEN_AUDIENCE) {
            return Err(TokenError::KindMismatch);
        }
        Ok(())
    }

    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
        // Whole strings, never lists: auth blocking tokens have the same issuer and keys, and only
        // the audience tells them apart.
        if !claims.is("aud", &self.project_id) {
            return Err(TokenError::Aud);
        }
        if !claims.is("iss", &self.issuer) {
            return Err(TokenError::Iss);
        }
        let sub = claims.text("sub").ok_or(TokenError::Sub)?;
        if sub.is_empty() || !fits(sub) {
            return Err(TokenError::Sub);
        }
        self.times.check(claims, now)?;
        let tenant = tenant(claims)?;
        if self.tenants.admits(tenant) { Ok(()) } else { Err(TokenError::Tenant) }
    }

    fn proof(&self, token: Verified<'_, Self>) -> Result<AuthData, TokenError> {
        AuthData::from_checked(token.raw(), token.into_claims())
    }
}

/// At most [`MAX_UID_UNITS`]. A unit has one to three bytes, so a text with more than three bytes per allowed unit is
/// refused without counting.
fn fits(uid: &str) -> bool {
    uid.len() <= 3 * MAX_UID_UNITS && uid.encode_utf16().count() <= MAX_UID_UNITS
}

/// A `firebase` claim that is there must be an object, or its tenant is unknown.
fn tenant(claims: &UnverifiedClaims) -> Result<Option<&str>, TokenError> {
    let Some(firebase) = claims.get("firebase") else { return Ok(None) };
    match firebase.as_object().ok_or(TokenError::Tenant)?.get("tenant") {
        None => Ok(None),
        Some(Value::String(tenant)) => Ok(Some(tenant)),
        Some(_) => Err(TokenError::Tenant),
    }
}
