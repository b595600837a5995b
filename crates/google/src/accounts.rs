//! User accounts at Identity Toolkit: whether an account is disabled, and since which second its sign-ins are valid.
//! `account_changes.rs` changes accounts. Source: firebase/firebase-admin-node
//! `src/auth/auth-api-request.ts`.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use shared::{
    fetched::within,
    net::{SendError, ServiceUrl},
};

use crate::{AccessTokens, GoogleError, call::Api, timeouts::TIMEOUT};

/// The state of an account, as far as it concerns sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whether the user can no longer sign in.
    pub disabled: bool,
    /// Sign-ins before this second (since 1970) are revoked; 0 if none were.
    pub valid_since: i64,
}

/// The accounts of one project. Clones share the access token.
#[derive(Debug, Clone)]
pub struct Accounts {
    api: Api,
    project_id: String,
}

impl Accounts {
    /// The accounts of a project, requested with `tokens`. Looking up needs the permission `firebaseauth.users.get`;
    /// changing an account or its custom claims, `firebaseauth.users.update`; suspending or closing an account that may not exist, also
    /// `firebaseauth.users.create`.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{AccessToken, Accounts};
    ///
    /// let accounts = Accounts::new("my-app", Arc::new(AccessToken::new("ya29.a0AfH6SM")));
    /// ```
    #[must_use]
    pub fn new(project_id: &str, tokens: Arc<dyn AccessTokens>) -> Self {
        let google = ServiceUrl::from_static("https://identitytoolkit.googleapis.com");
        Self::at(google, project_id, tokens)
    }

    /// The accounts of a project at another address than Google's, such as the Auth emulator's or that of a test
    /// server.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{AccessToken, Accounts};
    /// use shared::net::ServiceUrl;
    ///
    /// let emulator = ServiceUrl::parse("http://127.0.0.1:9099/identitytoolkit.googleapis.com")?;
    /// let accounts = Accounts::at(emulator, "demo-app", Arc::new(AccessToken::new("owner")));
    /// # Ok::<(), shared::net::UrlError>(())
    /// ```
    #[must_use]
    pub fn at(base: ServiceUrl, project_id: &str, tokens: Arc<dyn AccessTokens>) -> Self {
        Self { api: Api::new(base, tokens), project_id: project_id.to_owned() }
    }

    /// The account of a user; `None` if the user does not have one.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// match accounts.lookup(None, "ada").await? {
    ///     Some(account) if account.disabled => println!("disabled"),
    ///     Some(account) => println!("sign-ins are valid since {}", account.valid_since),
    ///     None => println!("no account"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not answer within three seconds, with one retry.
    pub async fn lookup(
        &self,
        tenant: Option<&str>,
        uid: &str,
    ) -> Result<Option<Account>, GoogleError> {
        Ok(self.user(tenant, uid).await?.map(|(account, _)| account))
    }

    /// The account of a user, and the JSON object it was read from.
    pub(crate) async fn user(
        &self,
        tenant: Option<&str>,
        uid: &str,
    ) -> Result<Option<(Account, Value)>, GoogleError> {
        let mut answer = self.post(tenant, ":lookup", &json!({ "localId": [uid] })).await?;
        let user = match answer.remove("users") {
            None => None,
            Some(Value::Array(mut users)) if users.len() <= 1 => users.pop(),
            Some(_) => return Err(GoogleError::Answer),
        };
        let Some(user) = user else { return Ok(None) };
        let account = account(&user, uid).ok_or(GoogleError::Answer)?;
        Ok(Some((account, user)))
    }

    /// Posts to a method of the accounts: `:lookup`, `:update`, or the empty method, which creates an account.
    pub(crate) async fn post(
        &self,
        tenant: Option<&str>,
        method: &str,
        body: &Value,
    ) -> Result<Map<String, Value>, GoogleError> {
        let project = &self.project_id;
        let path = match tenant {
            None => format!("/v1/projects/{project}/accounts{method}"),
            Some(tenant) if is_tenant(tenant) => {
                format!("/v1/projects/{project}/tenants/{tenant}/accounts{method}")
            }
            Some(_) => return Err(GoogleError::Answer),
        };
        let attempts = self.api.post(&path, body, GoogleError::is_transient);
        within(TIMEOUT, attempts).await.unwrap_or(Err(SendError::Timeout.into()))
    }
}

/// A tenant becomes part of a path, so it may contain only characters without a special meaning in paths.
fn is_tenant(tenant: &str) -> bool {
    (1..=64).contains(&tenant.len())
        && tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn account(user: &Value, uid: &str) -> Option<Account> {
    if user.get("localId")?.as_str()? != uid {
        return None;
    }
    let disabled = user.get("disabled").map_or(Some(false), Value::as_bool)?;
    let valid_since = match user.get("validSince") {
        None => 0,
        Some(Value::String(seconds)) => seconds.parse().ok()?,
        Some(seconds) => seconds.as_i64()?,
    };
    Some(Account { disabled, valid_since })
}
