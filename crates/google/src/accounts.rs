//! User accounts at Identity Toolkit: whether one is disabled, and since when its sign-ins count.
//! `account_changes.rs` changes them. Source: firebase/firebase-admin-node
//! `src/auth/auth-api-request.ts`.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use shared::{
    Redacted,
    fetched::within,
    net::{Https, SendError, ServiceUrl},
};

use crate::{AccessTokens, GoogleError, call, timeouts::TIMEOUT};

/// The state of an account, as far as it concerns sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whether the user may sign in no more.
    pub disabled: bool,
    /// Sign-ins before this second are revoked; 0 if none were.
    pub valid_since: i64,
}

/// The accounts of one project.
#[derive(Debug)]
pub struct Accounts {
    client: Https,
    base: ServiceUrl,
    project_id: String,
    tokens: Redacted<Arc<dyn AccessTokens>>,
}

impl Accounts {
    /// The accounts of a project, asked with `tokens`. Looking up needs the permission
    /// `firebaseauth.users.get`, changing an account `firebaseauth.users.update`, and suspending or
    /// closing one that may not exist `firebaseauth.users.create`.
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

    /// The same at another address: the Auth emulator's, or a test's.
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
        let (project_id, tokens) = (project_id.to_owned(), Redacted(tokens));
        Self { client: call::client(), base, project_id, tokens }
    }

    /// The account of a user; `None` if there is none.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// match accounts.lookup(None, "ada").await? {
    ///     Some(account) if account.disabled => println!("disabled"),
    ///     Some(account) => println!("signed in since {}", account.valid_since),
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
        let body = json!({ "localId": [uid] });
        let answer = self.post(tenant, "lookup", &body).await?;
        match answer.get("users") {
            None => Ok(None),
            Some(Value::Array(users)) => match users.as_slice() {
                [] => Ok(None),
                [user] => account(user, uid).map(Some).ok_or(GoogleError::Answer),
                _ => Err(GoogleError::Answer),
            },
            Some(_) => Err(GoogleError::Answer),
        }
    }

    /// Posts to a method of the accounts; `verb` is empty for the method that creates an account.
    pub(crate) async fn post(
        &self,
        tenant: Option<&str>,
        verb: &str,
        body: &Value,
    ) -> Result<Map<String, Value>, GoogleError> {
        let project = &self.project_id;
        let verb = if verb.is_empty() { String::new() } else { format!(":{verb}") };
        let path = match tenant {
            None => format!("/v1/projects/{project}/accounts{verb}"),
            Some(tenant) if is_tenant(tenant) => {
                format!("/v1/projects/{project}/tenants/{tenant}/accounts{verb}")
            }
            Some(_) => return Err(GoogleError::Answer),
        };
        let url = self.base.join(&path).map_err(|_| GoogleError::Answer)?;
        let attempts = async {
            let access = self.tokens.0.access_token().await?;
            let attempt = || call::post(&self.client, &url, &access, body);
            match attempt().await {
                Err(error) if error.is_passing() => attempt().await,
                answer => answer,
            }
        };
        within(TIMEOUT, attempts).await.unwrap_or(Err(SendError::Timeout.into()))
    }
}

/// Tenants become part of a path: nothing passes that could mean something there.
fn is_tenant(tenant: &str) -> bool {
    (1..=64).contains(&tenant.len())
        && tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

pub(crate) fn account(user: &Value, uid: &str) -> Option<Account> {
    if user.get("localId")?.as_str()? != uid {
        return None;
    }
    let disabled = match user.get("disabled") {
        None => false,
        Some(disabled) => disabled.as_bool()?,
    };
    let valid_since = match user.get("validSince") {
        None => 0,
        Some(Value::String(seconds)) => seconds.parse().ok()?,
        Some(seconds) => seconds.as_i64()?,
    };
    Some(Account { disabled, valid_since })
}
