//! Checks whether the sign-in of an ID token was revoked. The token itself stays valid for up to an hour after that.

use std::sync::Arc;

use tracing::warn;

use super::{
    rejection::{Rejection, Unavailable},
    sources::{RevocationSource, SignIn},
};
use crate::token::{AuthData, TokenError};

/// The source that a callable asks about each signed-in caller, and what happens if the source fails.
#[derive(Debug, Clone)]
pub(super) struct RevocationCheck {
    pub(super) source: Arc<dyn RevocationSource>,
    /// If false, the call continues when the source fails.
    pub(super) requires_answer: bool,
}

impl RevocationCheck {
    /// Rejects a verified caller whose user is deleted or disabled, or whose sign-in was revoked.
    pub(super) async fn check(&self, auth: &AuthData) -> Result<(), Rejection> {
        let sign_in = match self.source.sign_in(auth).await {
            Ok(sign_in) => sign_in,
            Err(error) if self.requires_answer => {
                warn!(%error, "revocation cannot be checked");
                return Err(Rejection::Unavailable(Unavailable::Revocation));
            }
            Err(error) => {
                warn!(%error, "revocation cannot be checked, the call goes on");
                return Ok(());
            }
        };
        match sign_in {
            SignIn::UserNotFound => Err(Rejection::UserNotFound),
            SignIn::UserDisabled => Err(Rejection::UserDisabled),
            // Without the time of the sign-in, the token cannot be compared with the time of a revocation.
            SignIn::Revoked | SignIn::Current if auth.auth_time().is_none() => {
                Err(TokenError::AuthTime.into())
            }
            SignIn::Revoked => Err(Rejection::Revoked),
            SignIn::Current => Ok(()),
        }
    }
}
