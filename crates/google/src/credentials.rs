//! The credentials of one service account: a key or a federation configuration, as the field `type` says.

use std::sync::Arc;

use serde_json::{Map, Value};
use shared::{Redacted, clock::Clock};

use crate::{
    ServiceAccountKey, Signer,
    credentials_document::{CredentialsError, text},
    federation::{FederatedAccount, SubjectTokens},
    scopes::TokensByScope,
};

/// The sources of access tokens and signatures of one service account.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) tokens: Redacted<TokensByScope>,
    pub(crate) signer: Redacted<Arc<dyn Signer>>,
}

impl Credentials {
    /// Reads a service account's key (`"type": "service_account"`), or a credential configuration for federation
    /// (`"type": "external_account"`).
    ///
    /// A key must belong to `project_id`, if that is given: a key of another project's account can be granted roles
    /// here, but cannot sign custom tokens for this project.
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub(crate) fn from_members(
        members: &Map<String, Value>,
        project_id: Option<&str>,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        match text(members, "type")? {
            "service_account" => {
                let key = ServiceAccountKey::from_members(members)?;
                if project_id.is_some_and(|project| key.project_id() != project) {
                    let problem = "is not the project of FIREBASE_PROJECT_ID";
                    return Err(CredentialsError::new("project_id", problem));
                }
                let tokens = TokensByScope::new(key.grants(), clock);
                Ok(Self { tokens: Redacted(tokens), signer: Redacted(Arc::new(key)) })
            }
            "external_account" => {
                let (account, tokens) = FederatedAccount::from_members(members, subjects, clock)?;
                Ok(Self { tokens: Redacted(tokens), signer: Redacted(Arc::new(account)) })
            }
            _ => {
                let problem = "is neither service_account nor external_account";
                Err(CredentialsError::new("type", problem))
            }
        }
    }
}
