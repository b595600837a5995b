//! The rules for Firebase ID tokens, and the proof that one of them met all of them.
//! Source: firebase/firebase-admin-node `src/auth/token-verifier.ts`; stricter where it says so.

use std::{collections::HashSet, fmt, time::Duration};

use serde_json::{Map, Value};

use super::{
    PublicKey, TokenError,
    claims::Claims,
    jwt::{Inspected, MAX_TOKEN_BYTES, UnverifiedJwt},
    times::{TimeRules, time},
};

/// The audience of custom tokens, which are for Google and no callable.
pub const CUSTOM_TOKEN_AUDIENCE: &str =
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";
const ISSUER_PREFIX: &str = "https://securetoken.google.com/";
/// Counted as JavaScript counts: in UTF-16 units.
const MAX_UID_UNITS: usize = 128;

/// Which ID tokens are accepted: those of one Firebase project.
#[derive(Debug, Clone)]
pub struct IdTokenRules {
    project_id: String,
    issuer: String,
    times: TimeRules,
    max_token_bytes: usize,
    tenants: TenantPolicy,
}

/// Which Identity Platform tenants' users are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TenantPolicy {
    /// Users of any tenant, or of none. The reference's behaviour.
    #[default]
    Any,
    /// Only users outside every tenant.
    NoTenant,
    /// Only users of these tenants.
    OneOf(HashSet<String>),
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
            tenants: TenantPolicy::Any,
        }
    }

    /// How long after its end a token is still accepted: 0 (default) to 60 seconds.
    /// Clients refresh before the end, and the reference has no tolerance either.
    #[must_use]
    pub fn exp_skew(mut self, skew: Duration) -> Self {
        self.times.set_exp_skew(skew);
        self
    }

    /// How far in the future a token may be issued. Default: 300 seconds.
    #[must_use]
    pub fn iat_skew(mut self, skew: Duration) -> Self {
        self.times.set_iat_skew(skew);
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

    /// Everything that needs no key: form, header, claims, times, tenant. `now` in seconds since
    /// 1970.
    ///
    /// # Errors
    /// The first rule that is not met.
    pub fn inspect<'t>(&self, raw: &'t str, now: i64) -> Result<InspectedIdToken<'t>, TokenError> {
        let jwt = self.decode(raw, "RS256")?;
        // Named before its missing key id, so that the log says what went wrong.
        if jwt.claims.is("aud", CUSTOM_TOKEN_AUDIENCE) {
            return Err(TokenError::KindMismatch);
        }
        let token = Inspected::new(raw, jwt)?;
        self.check_claims(token.claims(), now)?;
        Ok(InspectedIdToken(token))
    }

    pub(super) fn decode<'t>(
        &self,
        raw: &'t str,
        algorithm: &str,
    ) -> Result<UnverifiedJwt<'t>, TokenError> {
        UnverifiedJwt::decode(raw, self.max_token_bytes, algorithm)
    }

    pub(super) fn check_claims(&self, claims: &Claims, now: i64) -> Result<(), TokenError> {
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
}

impl TenantPolicy {
    /// Whether users of `tenant` (`None`: of no tenant) are accepted.
    #[must_use]
    pub fn admits(&self, tenant: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::NoTenant => tenant.is_none(),
            Self::OneOf(tenants) => tenant.is_some_and(|tenant| tenants.contains(tenant)),
        }
    }
}

/// At most [`MAX_UID_UNITS`]. A unit has one to three bytes, so a text with more than three bytes per allowed unit is
/// refused without counting.
fn fits(uid: &str) -> bool {
    uid.len() <= 3 * MAX_UID_UNITS && uid.encode_utf16().count() <= MAX_UID_UNITS
}

/// A `firebase` claim that is there must be an object, or its tenant is anybody's guess.
fn tenant(claims: &Claims) -> Result<Option<&str>, TokenError> {
    let Some(firebase) = claims.get("firebase") else { return Ok(None) };
    match firebase.as_object().ok_or(TokenError::Tenant)?.get("tenant") {
        None => Ok(None),
        Some(Value::String(tenant)) => Ok(Some(tenant)),
        Some(_) => Err(TokenError::Tenant),
    }
}

/// A token that met every rule but the signature. All it tells is which key to ask for.
pub struct InspectedIdToken<'t>(Inspected<'t>);

impl InspectedIdToken<'_> {
    /// The id of the key that the token says it is signed with: not trusted, only looked up.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.0.kid()
    }

    /// Checks the signature, the last rule.
    ///
    /// # Errors
    /// [`TokenError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<IdToken, TokenError> {
        let (raw, claims) = self.0.verify(key)?.into_parts();
        IdToken::from_checked(raw, claims)
    }
}

impl fmt::Debug for InspectedIdToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedIdToken").finish_non_exhaustive()
    }
}

/// A verified ID token: proof that a user of the project signed in. Only a verifier makes one, and
/// nothing can be changed in it:
///
/// ```compile_fail
/// let forged = shared::token::IdToken { uid: "admin".into(), claims: Default::default(), raw_token: String::new() };
/// ```
#[derive(Clone)]
pub struct IdToken {
    uid: String,
    claims: Map<String, Value>,
    raw_token: String,
}

impl IdToken {
    /// For verifiers only: `claims` have passed [`IdTokenRules::check_claims`] and whatever takes
    /// the place of a signature.
    pub(super) fn from_checked(raw: &str, claims: Claims) -> Result<Self, TokenError> {
        let uid = claims.text("sub").ok_or(TokenError::Sub)?.to_owned();
        let mut claims = claims.into_members();
        // As in the reference, uid is the subject, whatever a custom claim of that name says.
        claims.insert("uid".to_owned(), Value::String(uid.clone()));
        Ok(Self { uid, claims, raw_token: raw.to_owned() })
    }

    /// The user's id, 1 to 128 characters.
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Every claim of the token, custom claims at the top level, and `uid`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The token as sent, for calls made on the user's behalf. A credential: keep it out of logs.
    #[must_use]
    pub fn raw_token(&self) -> &str {
        &self.raw_token
    }

    /// The user's e-mail address. Proof of ownership: [`Self::email_verified`].
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Whether the user has shown to own the e-mail address; false if there is none.
    #[must_use]
    pub fn email_verified(&self) -> bool {
        self.claims.get("email_verified").and_then(Value::as_bool).unwrap_or(false)
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
        self.claims.get("firebase")?.get("sign_in_provider")?.as_str()
    }

    /// The Identity Platform tenant of the user.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.claims.get("firebase")?.get("tenant")?.as_str()
    }

    /// When the user signed in, in seconds since 1970; refreshed tokens keep it.
    #[must_use]
    pub fn auth_time(&self) -> Option<i64> {
        time(self.claims.get("auth_time"))
    }

    /// When the token ends, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> i64 {
        time(self.claims.get("exp")).unwrap_or_default()
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }
}

/// Reveals nothing: requests end up in logs.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").finish_non_exhaustive()
    }
}
