//! Credentials for one service account, of either kind: a document says which.

use std::sync::Arc;

use shared::{Redacted, clock::Clock, net::BoxFuture};

use crate::{
    AccessToken, AccessTokens, GoogleError, ServiceAccountKey, Signer, SubjectTokens,
    access_token::CachedTokens,
    credentials_document::{CredentialsError, members, text},
    federation::FederatedAccount,
};

/// A service account that we may act for.
#[derive(Debug)]
pub struct Credentials {
    tokens: Redacted<Arc<dyn AccessTokens>>,
    signer: Redacted<Arc<dyn Signer>>,
}

impl Credentials {
    /// Reads a service account's key (`"type": "service_account"`), which must belong to `project_id`,
    /// or a credential configuration for federation (`"type": "external_account"`).
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{Credentials, aws::{Aws, CallerIdentity}};
    /// use shared::clock::{Clock, SystemClock};
    ///
    /// # fn f(file: &str) -> Result<(), firebase_callable_google::CredentialsError> {
    /// let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    /// let role = Arc::new(CallerIdentity::new(Aws::default(), Arc::clone(&clock)));
    /// let credentials = Credentials::from_json(file, "my-app", role, clock)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn from_json(
        document: &str,
        project_id: &str,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        Self::read(document, Some(project_id), subjects, clock)
    }

    /// The same for a function that does not sign custom tokens. The key may belong to another
    /// project: its accounts can be given roles here, but cannot sign custom tokens for this project.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{Credentials, aws::{Aws, CallerIdentity}};
    /// use shared::clock::{Clock, SystemClock};
    ///
    /// # fn f(file: &str) -> Result<(), firebase_callable_google::CredentialsError> {
    /// let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    /// let role = Arc::new(CallerIdentity::new(Aws::default(), Arc::clone(&clock)));
    /// let credentials = Credentials::of_any_project(file, role, clock)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first field that is missing or wrong.
    pub fn of_any_project(
        document: &str,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        Self::read(document, None, subjects, clock)
    }

    fn read(
        document: &str,
        project_id: Option<&str>,
        subjects: Arc<dyn SubjectTokens>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CredentialsError> {
        let members = members(document)?;
        match text(&members, "type")? {
            "service_account" => {
                let key = ServiceAccountKey::from_members(&members)?;
                if project_id.is_some_and(|project| key.project_id() != project) {
                    let problem = "is not the project of FIREBASE_PROJECT_ID";
                    return Err(CredentialsError::new("project_id", problem));
                }
                let tokens = Arc::new(CachedTokens::new(key.clone(), clock));
                Ok(Self { tokens: Redacted(tokens), signer: Redacted(Arc::new(key)) })
            }
            "external_account" => {
                let account = Arc::new(FederatedAccount::from_members(&members, subjects, clock)?);
                Ok(Self { tokens: Redacted(account.clone()), signer: Redacted(account) })
            }
            _ => {
                let problem = "is neither service_account nor external_account";
                Err(CredentialsError::new("type", problem))
            }
        }
    }

    /// Who signs.
    #[must_use]
    pub fn signer(&self) -> Arc<dyn Signer> {
        Arc::clone(&self.signer.0)
    }
}

impl AccessTokens for Credentials {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        self.tokens.0.access_token()
    }
}
