//! The rules for Clerk session tokens, and [`ClerkSession`], the proof that a token met all of them. Stricter than
//! Clerk's own SDK, which does not check the issuer. Source: clerk/javascript `packages/backend/src/jwt/verifyJwt.ts`
//! and `tokens/jwtCategories.ts`.

use std::{collections::HashSet, time::Duration};

use serde_json::Value;
use shared::{
    Redacted,
    token::{Rules, TimeRules, TokenError, UnverifiedClaims, UnverifiedJwt, Verified},
};

use crate::{ClerkOrganization, organization::OrganizationClaims};

/// How far Clerk's clock and ours may differ, as in Clerk's SDK.
const SKEW: Duration = Duration::from_secs(5);
/// Longest accepted lifetime, in seconds. Session tokens live for 60 s; a token that lives longer than 600 s is of
/// another kind.
const MAX_LIFETIME: i64 = 600;
/// Accepted values of the header's `cat`, for a session token and for a token of no particular kind. Tokens of
/// templates and machines are signed with the same key, but have other values.
const CATEGORIES: [&str; 2] = ["cl_B7d4PD111AAA", "cl_I7d4PD111III"];

/// Which Clerk sessions are accepted: those of one Clerk instance, in these applications.
#[derive(Debug, Clone)]
pub struct ClerkRules {
    issuer: String,
    authorized_parties: HashSet<String>,
    times: TimeRules,
}

impl ClerkRules {
    /// The rules of the instance with this Frontend API URL, for sessions of the apps at these origins.
    ///
    /// ```
    /// use firebase_callable_clerk::ClerkRules;
    ///
    /// let rules = ClerkRules::new("https://clerk.example.com", ["https://app.example.com"]);
    /// # drop(rules);
    /// ```
    pub fn new(
        issuer: &str,
        authorized_parties: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            authorized_parties: authorized_parties.into_iter().map(Into::into).collect(),
            times: TimeRules::default().exp_skew(SKEW).iat_skew(SKEW),
        }
    }
}

impl Rules for ClerkRules {
    type Proof = ClerkSession;

    fn check_kind(&self, token: &UnverifiedJwt<'_>) -> Result<(), TokenError> {
        let known = |category: &Value| category.as_str().is_some_and(|c| CATEGORIES.contains(&c));
        if token.header("cat").is_none_or(known) { Ok(()) } else { Err(TokenError::KindMismatch) }
    }

    fn check_claims(&self, claims: &UnverifiedClaims, now: i64) -> Result<(), TokenError> {
        let check = |met: bool, error| if met { Ok(()) } else { Err(error) };
        let is_party = |party: &str| self.authorized_parties.contains(party);
        let has_id = |name, prefix| claims.text(name).is_some_and(|id| is_id(id, prefix));
        check(claims.is("iss", &self.issuer), TokenError::Iss)?;
        check(claims.text("azp").is_some_and(is_party), TokenError::Azp)?;
        check(has_id("sub", "user_"), TokenError::Sub)?;
        check(has_id("sid", "sess_"), TokenError::Sid)?; // tokens of a template have none
        self.times.check(claims, now)?;
        let lifetime = claims.time("exp").zip(claims.time("iat")).map(|(end, start)| end - start);
        check(lifetime.is_some_and(|lifetime| lifetime <= MAX_LIFETIME), TokenError::Lifetime)?;
        check(claims.get("sts").is_none_or(|status| status == "active"), TokenError::Sts)?;
        check(!claims.has("act"), TokenError::Act)
    }

    fn proof(&self, mut token: Verified<'_, Self>) -> Result<ClerkSession, TokenError> {
        let text = |name: &str| token.text(name).map(|text| Redacted(text.to_owned()));
        Ok(ClerkSession {
            user_id: text("sub").ok_or(TokenError::Sub)?,
            session_id: text("sid").ok_or(TokenError::Sid)?,
            organization: Redacted(OrganizationClaims::of(&mut token)),
        })
    }
}

/// Whether `id` has the form of Clerk's ids: the prefix, then letters and digits. At most 120 of these, so that the id
/// fits into a Firebase user id, which has at most 128 characters.
fn is_id(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| {
        (1..=120).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A verified Clerk session: proof that a user is signed in at Clerk. Only the verifier creates one:
///
/// ```compile_fail
/// let forged = firebase_callable_clerk::ClerkSession { user_id: "user_1".into(), session_id: "sess_1".into(), organization: unreachable!() };
/// ```
#[derive(Debug, Clone)]
pub struct ClerkSession {
    user_id: Redacted<String>,
    session_id: Redacted<String>,
    organization: Redacted<OrganizationClaims>,
}

impl ClerkSession {
    /// The user's id at Clerk, `user_…`.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id.0
    }

    /// The session's id, `sess_…`.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id.0
    }

    /// The active organization of the user; `None` if no organization is active. Its claims are parsed only here, so
    /// that a malformed organization does not make a session invalid for a function that does not use organizations.
    ///
    /// ```
    /// # use firebase_callable_clerk::ClerkSession;
    /// fn role(session: &ClerkSession) -> Option<String> {
    ///     session.organization().ok()??.role
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Malformed`]: the claims do not have the form that Clerk documents.
    pub fn organization(&self) -> Result<Option<ClerkOrganization>, TokenError> {
        self.organization.0.read()
    }
}

#[cfg(test)]
mod tests;
