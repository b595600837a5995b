//! The values of a Clerk session that may become custom claims of a Firebase user. The list is fixed, because users can
//! set other values of a session themselves, such as metadata.

use serde_json::{Map, Value};
use shared::token::TokenError;
use tracing::warn;

use crate::ClerkSession;

/// One value of a Clerk session, and the custom claim that it becomes. Firebase copies the claims of the sign-in into
/// every ID token, so a role that changes at Clerk takes effect only after the next exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClerkClaim {
    /// `org_id`: the id of the active organization.
    OrganizationId,
    /// `org_slug`: its name in URLs.
    OrganizationSlug,
    /// `org_role`: the user's role in it, with its prefix, such as `org:admin`.
    OrganizationRole,
    /// `clerk_sid`: the id of the session.
    SessionId,
}

impl ClerkClaim {
    /// The custom claims for the `wanted` values of `session`, without those that it does not have. The session's
    /// organization is parsed only if one of the claims needs it.
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
    /// [`TokenError::Malformed`]: the claims about the organization do not have the form that Clerk documents. The
    /// reason is logged.
    pub fn of(session: &ClerkSession, wanted: &[Self]) -> Result<Map<String, Value>, TokenError> {
        let needs_organization = wanted.iter().any(|claim| *claim != Self::SessionId);
        let organization = if needs_organization {
            session.organization().inspect_err(|error| {
                warn!(reason = error.reason(), "organization of a clerk session cannot be read");
            })?
        } else {
            None
        };
        let organization = organization.as_ref();
        let claim = |claim: &Self| {
            let (name, value) = match claim {
                Self::OrganizationId => ("org_id", organization.map(|it| it.id.as_str())),
                Self::OrganizationSlug => {
                    ("org_slug", organization.and_then(|it| it.slug.as_deref()))
                }
                Self::OrganizationRole => {
                    ("org_role", organization.and_then(|it| it.role.as_deref()))
                }
                Self::SessionId => ("clerk_sid", Some(session.session_id())),
            };
            Some((name.to_owned(), Value::from(value?)))
        };
        Ok(wanted.iter().filter_map(claim).collect())
    }
}
