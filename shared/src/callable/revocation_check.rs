//! Whether the caller's sign-in still counts, which a token cannot tell for the rest of its hour.

use std::sync::Arc;

use tracing::warn;

use super::{
    rejection::{Rejection, Unavailable},
    sources::{RevocationSource, SignIn},
};
use crate::token::{AuthData, TokenError};

/// Whom a callable asks about each signed-in caller, and what happens if there is no answer.
#[derive(Debug, Clone)]
pub(super) struct RevocationCheck {
    pub(super) source: Arc<dyn RevocationSource>,
    /// If not, a call goes on when the source cannot be asked.
    pub(super) requires_answer: bool,
}

impl RevocationCheck {
    /// Refuses a verified caller whose user is gone, disabled, or has been signed out since.
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
            // A token that does not say when its user signed in cannot be compared with a revocation.
            SignIn::Revoked | SignIn::Current if auth.auth_time().is_none() => {
                Err(TokenError::AuthTime.into())
            }
            SignIn::Revoked => Err(Rejection::Revoked),
            SignIn::Current => Ok(()),
        }
    }
}
