//! What of a Clerk session may become claims of a Firebase user. A list, and never the whole: much of
//! what a session can carry is written by the user.

use serde_json::{Map, Value};

use crate::token::{ClerkOrganization, ClerkSession};

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
    /// The claims of these facts; a fact that the session does not have is left out.
    #[must_use]
    pub fn of(session: &ClerkSession, wanted: &[Self]) -> Map<String, Value> {
        let claim = |claim: &Self| {
            let value = claim.value(session)?;
            Some((claim.name().to_owned(), Value::String(value.to_owned())))
        };
        wanted.iter().filter_map(claim).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::OrganizationId => "org_id",
            Self::OrganizationSlug => "org_slug",
            Self::OrganizationRole => "org_role",
            Self::SessionId => "clerk_sid",
        }
    }

    fn value(self, session: &ClerkSession) -> Option<&str> {
        let of =
            |field: fn(&ClerkOrganization) -> Option<&str>| session.organization().and_then(field);
        match self {
            Self::OrganizationId => of(|organization| Some(&organization.id)),
            Self::OrganizationSlug => of(|organization| organization.slug.as_deref()),
            Self::OrganizationRole => of(|organization| organization.role.as_deref()),
            Self::SessionId => Some(session.session_id()),
        }
    }
}
