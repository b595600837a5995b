//! The facts of a Clerk session that may become claims of a Firebase user. A fixed list, because users can write much of
//! what a session carries, such as metadata.

use serde_json::{Map, Value};
use shared::token::TokenError;
use tracing::warn;

use crate::{ClerkOrganization, ClerkSession};

/// One fact of a Clerk session, and the claim that it becomes. Claims stay as they were at sign-in,
/// whatever happens at Clerk later: a changed role is seen after the next exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClerkClaim {
    /// `org_id`: the active organization.
    OrganizationId,
    /// `org_slug`: its name in URLs.
    OrganizationSlug,
    /// `org_role`: the user's role in it, with its prefix, such as `org:admin`.
    OrganizationRole,
    /// `clerk_sid`: the session.
    SessionId,
}

impl ClerkClaim {
    /// The claims of these facts; a fact that the session does not have is left out. The session's
    /// organization is read only if one of them is about it.
    ///
    /// ```
    /// use firebase_callable_clerk::{ClerkClaim, ClerkSession};
    /// use serde_json::{Map, Value};
    /// use shared::token::TokenError;
    ///
    /// fn claims(session: &ClerkSession) -> Result<Map<String, Value>, TokenError> {
    ///     ClerkClaim::of(session, &[ClerkClaim::OrganizationId, ClerkClaim::OrganizationRole])
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Malformed`]: the organization is not as Clerk documents it. The reason is in the
    /// log.
    pub fn of(session: &ClerkSession, wanted: &[Self]) -> Result<Map<String, Value>, TokenError> {
        let organization = if wanted.iter().all(|claim| *claim == Self::SessionId) {
            None
        } else {
            session.organization().inspect_err(|error| {
                warn!(reason = error.reason(), "organization of a clerk session not readable");
            })?
        };
        let claim = |claim: &Self| {
            let value = claim.value(session, organization.as_ref())?;
            Some((claim.name().to_owned(), Value::String(value.to_owned())))
        };
        Ok(wanted.iter().filter_map(claim).collect())
    }

    fn name(self) -> &'static str {
        match self {
            Self::OrganizationId => "org_id",
            Self::OrganizationSlug => "org_slug",
            Self::OrganizationRole => "org_role",
            Self::SessionId => "clerk_sid",
        }
    }

    fn value<'s>(
        self,
        session: &'s ClerkSession,
        organization: Option<&'s ClerkOrganization>,
    ) -> Option<&'s str> {
        match self {
            Self::OrganizationId => organization.map(|organization| organization.id.as_str()),
            Self::OrganizationSlug => organization?.slug.as_deref(),
            Self::OrganizationRole => organization?.role.as_deref(),
            Self::SessionId => Some(session.session_id()),
        }
    }
}
