//! Verifies Clerk session tokens: the rules, and keys from configuration or from Clerk.

use std::sync::Arc;

use tracing::warn;

use crate::{
    clock::Clock,
    keys::{Keys, Verifier, VerifyError},
    token::{ClerkRules, ClerkSession},
};

/// Verifies the session tokens of one Clerk instance. One per process.
#[derive(Clone)]
pub struct ClerkSessions(Verifier<ClerkRules>);

impl ClerkSessions {
    /// A verifier by these rules, with these keys, at times that `clock` tells.
    #[must_use]
    pub fn new(rules: ClerkRules, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        Self(Verifier::new(rules, keys, clock))
    }

    /// The session that `raw` proves. Whatever is refused has its reason in the log.
    ///
    /// # Errors
    /// The rule that is not met, or that there is no key to check with.
    pub async fn verify(&self, raw: &str) -> Result<ClerkSession, VerifyError> {
        let session = self.0.verify(raw).await;
        if let Err(error) = &session {
            warn!(reason = error.reason(), "clerk session refused");
        }
        session
    }
}
