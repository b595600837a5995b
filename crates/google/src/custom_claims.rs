//! Custom claims of a user's account: values such as `"role": "editor"`, which every ID token of the user then has at
//! its top level. Source: firebase/firebase-admin-node `src/auth/auth-api-request.ts`, `setCustomUserClaims`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    AccountChange, GoogleError,
    account_changes::{MAX_CLAIMS, Record},
    accounts::Accounts,
};

/// Claims that Firebase writes into every token itself. Source: firebase/firebase-admin-node
/// `src/auth/token-generator.ts`, `BLACKLISTED_CLAIMS`.
const RESERVED: [&str; 16] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "cnf",
    "c_hash",
    "exp",
    "firebase",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "sub",
];

/// Why custom claims were not read or set.
///
/// ```
/// use firebase_callable_google::CustomClaimsError;
///
/// let error = CustomClaimsError::Reserved("exp");
/// assert_eq!(error.to_string(), "the claim exp is reserved: Firebase sets it itself");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustomClaimsError {
    /// Firebase sets this claim itself. No request was sent.
    #[error("the claim {0} is reserved: Firebase sets it itself")]
    Reserved(&'static str),
    /// As JSON, the claims have more characters than Firebase stores. Nothing was changed.
    #[error("the claims have {0} characters as JSON: Firebase stores at most 1000")]
    TooLong(usize),
    /// The value is not a struct or a map with text keys, or JSON cannot hold it. No request was sent.
    #[error("custom claims must be a JSON object")]
    NotAnObject,
    /// The stored claims are not a JSON object, so they cannot be changed without losing them.
    /// [`Accounts::set_custom_claims`] replaces them.
    #[error("the stored custom claims are not a JSON object")]
    Unreadable,
    /// A request failed.
    #[error(transparent)]
    Google(#[from] GoogleError),
}

impl Accounts {
    /// The custom claims of a user, and an empty map if there are none; `None` if the user does not have an account.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::CustomClaimsError> {
    /// let claims = accounts.custom_claims("ada").await?.unwrap_or_default();
    /// println!("ada is {:?}", claims.get("role"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not answer, or the stored claims are not a JSON object.
    pub async fn custom_claims(
        &self,
        uid: &str,
    ) -> Result<Option<Map<String, Value>>, CustomClaimsError> {
        match self.record(uid).await? {
            None => Ok(None),
            Some(record) => record.claims.map(Some).ok_or(CustomClaimsError::Unreadable),
        }
    }

    /// Replaces all custom claims of a user by the fields of `claims`: a struct, a map, or a JSON object.
    ///
    /// The user's next ID token has them. Clients fetch one within an hour, or at once with `getIdToken(true)`; tokens
    /// from before stay valid until they expire. Until then, [`Google::revocation`](crate::Google::revocation) with
    /// [`Self::revoke`] can refuse them, if the claims take a right away.
    ///
    /// **Disabled accounts** are left unchanged ([`AccountChange::Disabled`]): [`Self::suspend`] notes in a claim that
    /// it disabled the account, and without that claim [`Self::lift`] does not enable it again. To change one claim and
    /// keep the others, also of a disabled account, use [`Self::change_custom_claims`].
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts) -> Result<(), shared::HttpsError> {
    /// use firebase_callable_google::AccountChange;
    /// use serde_json::json;
    /// use shared::HttpsError;
    ///
    /// match accounts.set_custom_claims("ada", &json!({ "role": "editor" })).await? {
    ///     AccountChange::NoSuchUser => Err(HttpsError::not_found("no such user")),
    ///     AccountChange::Disabled => Err(HttpsError::failed_precondition("the account is disabled")),
    ///     _ => Ok(()),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// A claim is reserved, or the claims are too long. Or Google did not make the change; the call may be repeated.
    pub async fn set_custom_claims(
        &self,
        uid: &str,
        claims: &(impl Serialize + ?Sized),
    ) -> Result<AccountChange, CustomClaimsError> {
        let Ok(Value::Object(claims)) = serde_json::to_value(claims) else {
            return Err(CustomClaimsError::NotAnObject);
        };
        let claims = accepted(claims)?;
        let Some(record) = self.record(uid).await? else { return Ok(AccountChange::NoSuchUser) };
        if record.account.disabled {
            return Ok(AccountChange::Disabled);
        }
        self.write(uid, claims).await
    }

    /// Reads the custom claims of a user, lets `change` edit them, and writes them back if they are then different. All
    /// claims that `change` does not touch are kept. Works for disabled accounts, too.
    ///
    /// Google offers no compare-and-swap for accounts: if two calls change the claims of one user at the same moment,
    /// the later write wins, and the other change is lost. Where that matters, let one function change claims, one call
    /// per user at a time.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::CustomClaimsError> {
    /// accounts.change_custom_claims("ada", |claims| {
    ///     claims.insert("role".to_owned(), "editor".into());
    ///     claims.remove("trial");
    /// }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A claim is reserved, the claims are too long, or the stored claims are not a JSON object. Or Google did not make
    /// the change; the call may be repeated.
    pub async fn change_custom_claims(
        &self,
        uid: &str,
        change: impl FnOnce(&mut Map<String, Value>) + Send,
    ) -> Result<AccountChange, CustomClaimsError> {
        let Some(Record { claims: before, .. }) = self.record(uid).await? else {
            return Ok(AccountChange::NoSuchUser);
        };
        let before = before.ok_or(CustomClaimsError::Unreadable)?;
        let mut claims = before.clone();
        change(&mut claims);
        if claims == before {
            return Ok(AccountChange::Before);
        }
        let claims = accepted(claims)?;
        self.write(uid, claims).await
    }

    async fn write(&self, uid: &str, claims: String) -> Result<AccountChange, CustomClaimsError> {
        self.update(&json!({ "localId": uid, "customAttributes": claims })).await?;
        Ok(AccountChange::Made)
    }
}

/// The claims as JSON, if Firebase stores them.
fn accepted(claims: Map<String, Value>) -> Result<String, CustomClaimsError> {
    if let Some(reserved) = RESERVED.into_iter().find(|name| claims.contains_key(*name)) {
        return Err(CustomClaimsError::Reserved(reserved));
    }
    let claims = Value::Object(claims).to_string();
    match claims.encode_utf16().count() {
        ..=MAX_CLAIMS => Ok(claims),
        length => Err(CustomClaimsError::TooLong(length)),
    }
}
