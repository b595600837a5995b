//! The rules for Clerk session tokens, and the proof that one of them met all of them. Stricter than
//! Clerk's own SDK, which compares no issuer. Source: clerk/javascript
//! `packages/backend/src/jwt/verifyJwt.ts` and `tokens/jwtCategories.ts`.

use std::{collections::HashSet, fmt};

use serde_json::Value;
use shared::token::{
    Claims, Inspected, MAX_TOKEN_BYTES, PublicKey, TimeRules, TokenError, UnverifiedJwt, time,
};

use crate::{ClerkOrganization, organization::OrganizationClaims};

/// Seconds by which the clocks may differ, as in Clerk's SDK.
const SKEW: i64 = 5;
/// Session tokens live a minute; a longer life is another kind of token.
const MAX_LIFETIME: i64 = 600;
/// Accepted values of the header's `cat`: a session token, or no particular kind. Tokens of templates and machines have
/// other values, and are signed with the same key.
const CATEGORIES: [&str; 2] = ["cl_B7d4PD111AAA", "cl_I7d4PD111III"];

/// Which Clerk sessions are accepted: those of one Clerk instance, in these applications.
#[derive(Debug, Clone)]
pub struct ClerkRules {
    issuer: String,
    authorized_parties: HashSet<String>,
    key_is_known: bool,
    times: TimeRules,
}

impl ClerkRules {
    /// The rules of the instance with this Frontend API URL, for sessions of these origins.
    pub fn new(
        issuer: &str,
        authorized_parties: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            authorized_parties: authorized_parties.into_iter().map(Into::into).collect(),
            key_is_known: false,
            times: TimeRules::with_skew(SKEW),
        }
    }

    /// For an instance whose one key is configured: tokens need not name it.
    #[must_use]
    pub fn known_key(mut self) -> Self {
        self.key_is_known = true;
        self
    }

    /// Everything that needs no key. `now` in seconds since 1970.
    ///
    /// # Errors
    /// The first rule that is not met.
    pub fn inspect<'t>(
        &self,
        raw: &'t str,
        now: i64,
    ) -> Result<InspectedClerkSession<'t>, TokenError> {
        let jwt = UnverifiedJwt::decode(raw, MAX_TOKEN_BYTES, "RS256")?;
        let known = |category: &Value| category.as_str().is_some_and(|c| CATEGORIES.contains(&c));
        if !jwt.header_member("cat").is_none_or(known) {
            return Err(TokenError::KindMismatch);
        }
        let token = if self.key_is_known {
            Inspected::with_known_key(raw, jwt)?
        } else {
            Inspected::new(raw, jwt)?
        };
        self.check_claims(token.claims(), now)?;
        Ok(InspectedClerkSession(token))
    }

    fn check_claims(&self, claims: &Claims, now: i64) -> Result<(), TokenError> {
        let text = |name: &str| claims.text(name);
        if !claims.is("iss", &self.issuer) {
            return Err(TokenError::Iss);
        }
        if !text("azp").is_some_and(|party| self.authorized_parties.contains(party)) {
            return Err(TokenError::Azp);
        }
        if !text("sub").is_some_and(|user| is_id(user, "user_")) {
            return Err(TokenError::Sub);
        }
        if !text("sid").is_some_and(|session| is_id(session, "sess_")) {
            return Err(TokenError::Sid); // tokens of a template have none
        }
        self.times.check(claims, now)?;
        let lifetime =
            time(claims.get("exp")).zip(time(claims.get("iat"))).map(|(end, start)| end - start);
        if lifetime.is_none_or(|lifetime| lifetime > MAX_LIFETIME) {
            return Err(TokenError::Lifetime);
        }
        if !claims.get("sts").is_none_or(|status| status == "active") {
            return Err(TokenError::Sts);
        }
        if claims.has("act") { Err(TokenError::Act) } else { Ok(()) }
    }
}

/// Clerk's ids: a prefix and letters and digits. 120 of them keep a Firebase user id in its limits.
fn is_id(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| {
        (1..=120).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A token that met every rule but the signature.
pub struct InspectedClerkSession<'t>(Inspected<'t>);

impl InspectedClerkSession<'_> {
    /// The id of the key that the token says it is signed with; empty where the key is known.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.0.kid()
    }

    /// Checks the signature, the last rule.
    ///
    /// # Errors
    /// [`TokenError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<ClerkSession, TokenError> {
        let mut verified = self.0.verify(key)?;
        let organization = OrganizationClaims::of(&mut verified);
        let (_, claims) = verified.into_parts();
        let text = |name: &str| claims.text(name).map(str::to_owned);
        Ok(ClerkSession {
            user_id: text("sub").ok_or(TokenError::Sub)?,
            session_id: text("sid").ok_or(TokenError::Sid)?,
            organization,
        })
    }
}

impl fmt::Debug for InspectedClerkSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedClerkSession").finish_non_exhaustive()
    }
}

/// A verified Clerk session: proof that a user is signed in at Clerk. Only the verifier makes one:
///
/// ```compile_fail
/// let forged = firebase_callable_clerk::ClerkSession { user_id: "user_1".into(), session_id: "sess_1".into(), organization: unreachable!() };
/// ```
#[derive(Clone)]
pub struct ClerkSession {
    user_id: String,
    session_id: String,
    organization: OrganizationClaims,
}

impl ClerkSession {
    /// The user's id at Clerk, `user_…`.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The session's id, `sess_…`.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The organization that the user is active in; `None` if in none. Its claims are read only here, so that a session
    /// is not refused for an organization that the function does not use.
    ///
    /// # Errors
    /// [`TokenError::Malformed`]: its claims are not as Clerk documents them.
    pub fn organization(&self) -> Result<Option<ClerkOrganization>, TokenError> {
        self.organization.read()
    }
}

impl fmt::Debug for ClerkSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkSession").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
