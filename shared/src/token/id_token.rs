//! The rules for Firebase ID tokens. A token that meets all of them becomes an `AuthData`.
//! Source: firebase/firebase-admin-node `src/auth/token-verifier.ts`.

use std::time::Duration;

use super::{
    AuthData, Rules, TenantPolicy, TimeRules, TokenError, UnverifiedClaims, UnverifiedJwt,
    Verified, jwt::MAX_TOKEN_BYTES,
};

/// The audience of custom tokens. Clients send them to Google to sign in, never to a callable.
pub const CUSTOM_TOKEN_AUDIENCE: &str =
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";
const ISSUER_PREFIX: &str = "https://securetoken.google.com/";
/// The longest user id, counted in UTF-16 units, as JavaScript counts.
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

    /// How long after its expiry a token is still accepted: 0 (default) to 60 seconds. Clients refresh tokens before
    /// they expire, and the Admin SDK for Node has no tolerance, either.
    #[must_use]
    pub fn exp_skew(mut self, skew: Duration) -> Self {
        self.times = self.times.exp_skew(skew);
        self
    }

    /// How far in the future `iat`, `nbf` and `auth_time` may be. Default: 300 seconds.
    #[must_use]
    pub fn iat_skew(mut self, skew: Duration) -> Self {
        self.times = self.times.iat_skew(skew);
        self
    }

    /// The longest token that is accepted, in bytes. Default and maximum: 16 384.
    #[must_use]
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes.min(MAX_TOKEN_BYTES);
        self
    }

    /// The tenants whose users are accepted. Default: [`TenantPolicy::any`].
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
        // Custom tokens have no key id. Their kind is checked before the key id, so that the log gives the kind as the
        // reason.
        let is_custom = token.claims().is("aud", CUSTOM_TOKEN_AUDIENCE);
        if is_custom { Err(TokenError::KindMismatch) } else { Ok(()) }
    }

    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
        // Both must be strings, not lists. Auth blocking tokens have the same issuer and keys: only their audience
        // differs.
        if !claims.is("aud", &self.project_id) {
            return Err(TokenError::Aud);
        }
        if !claims.is("iss", &self.issuer) {
            return Err(TokenError::Iss);
        }
        let sub = claims.text("sub").ok_or(TokenError::Sub)?;
        // A UTF-16 unit takes at most three bytes in UTF-8: a longer string is refused without counting its units.
        let is_short =
            sub.len() <= 3 * MAX_UID_UNITS && sub.encode_utf16().count() <= MAX_UID_UNITS;
        if sub.is_empty() || !is_short {
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

/// The user's tenant. A `firebase` claim that is not an object is refused, since the tenant is unknown then.
fn tenant(claims: &UnverifiedClaims) -> Result<Option<&str>, TokenError> {
    let Some(firebase) = claims.get("firebase") else { return Ok(None) };
    let tenant = firebase.as_object().ok_or(TokenError::Tenant)?.get("tenant");
    tenant.map(|tenant| tenant.as_str().ok_or(TokenError::Tenant)).transpose()
}
