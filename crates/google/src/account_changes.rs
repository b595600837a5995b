//! Changes to a user's account: ending its sign-ins, disabling it until an event elsewhere is undone, or disabling it
//! for good. Nothing is stored outside Firebase: a custom claim of the account, which only administrators can write,
//! records that we disabled it, and the time of the event. A disabled account gets no tokens, so no token contains the
//! claim; it is removed when the account is enabled again. `custom_claims.rs` sets the other custom claims, and never
//! removes this one by accident.

use serde_json::{Map, Value, json};

use crate::{
    GoogleError,
    accounts::{Account, Accounts},
};

/// How long the JSON of the custom claims may be at Identity Toolkit, in UTF-16 units.
pub(crate) const MAX_CLAIMS: usize = 1000;

/// The outcome of a request to change an account.
///
/// ```no_run
/// # async fn f(accounts: firebase_callable_google::Accounts) -> Result<(), firebase_callable_google::GoogleError> {
/// use firebase_callable_google::AccountChange;
///
/// if accounts.revoke("ada", 1_800_000_000, 0).await? == AccountChange::NoSuchUser {
///     println!("ada has no account");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountChange {
    /// The account was changed.
    Made,
    /// The account was disabled, but its custom claims had no room for ours, so [`Accounts::lift`] will not enable it
    /// again.
    MadeWithoutClaim,
    /// Nothing had to be changed: the change was made before, or somebody else disabled the account.
    Before,
    /// A newer event has changed the account.
    Outdated,
    /// The user does not have an account, because they never signed in.
    NoSuchUser,
    /// Nothing was changed: the account is disabled, and [`Accounts::set_custom_claims`] could lose the claim of
    /// [`Accounts::suspend`].
    Disabled,
}

/// An account and its custom claims; `None` if those are not an object.
pub(crate) struct Record {
    pub(crate) account: Account,
    pub(crate) claims: Option<Map<String, Value>>,
}

impl Accounts {
    /// Ends every sign-in of a user before `valid_since` (seconds since 1970), and those in the `ahead` seconds after
    /// it. Does nothing if the account already has that time or a later one.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// // Ends the sign-ins before this second, and no later ones.
    /// accounts.revoke("ada", 1_800_000_000, 0).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not make the change; the call may be repeated. If Google refuses a time in the future,
    /// the sign-ins before `valid_since` are ended, and the error asks for another attempt after that time.
    pub async fn revoke(
        &self,
        uid: &str,
        valid_since: i64,
        ahead: u32,
    ) -> Result<AccountChange, GoogleError> {
        let Some(Record { account, .. }) = self.record(uid).await? else {
            return Ok(AccountChange::NoSuchUser);
        };
        let until = valid_since.saturating_add(ahead.into());
        if account.valid_since >= until {
            return Ok(AccountChange::Before);
        }
        let body = |time: i64| json!({ "localId": uid, "validSince": time.to_string() });
        let outcome = self.update(&body(until)).await;
        if outcome == Err(GoogleError::Status(400)) && account.valid_since < valid_since {
            self.update(&body(valid_since)).await?;
        }
        outcome.map(|()| AccountChange::Made)
    }

    /// Disables the account and ends its sign-ins, because of an event that happened at `at`
    /// (milliseconds since 1970) and may be undone. The custom claim `claim` stores that time until
    /// [`Self::lift`]. A user who never signed in gets a disabled account, since a custom token made
    /// earlier would otherwise create an enabled one.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// let banned_at = 1_800_000_000_000;
    /// accounts.suspend("ada", "banned_at", banned_at).await?;
    /// // … and when the ban is over:
    /// accounts.lift("ada", "banned_at", banned_at + 60_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not make the change; the call may be repeated.
    pub async fn suspend(
        &self,
        uid: &str,
        claim: &str,
        at: i64,
    ) -> Result<AccountChange, GoogleError> {
        let record = self.record_or_new(uid).await?;
        match record.suspended_at(claim) {
            // Even if the account is enabled: an administrator enabled it after that event.
            Some(earlier) if earlier >= at => return Ok(AccountChange::Before),
            None if record.account.disabled => return Ok(AccountChange::Before),
            _ => {}
        }
        let claims = record.claims.clone().map(|mut claims| {
            claims.insert(claim.to_owned(), at.into());
            Value::Object(claims).to_string()
        });
        let claims = claims.filter(|json| json.encode_utf16().count() <= MAX_CLAIMS);
        let outcome = match claims {
            Some(_) => AccountChange::Made,
            None => AccountChange::MadeWithoutClaim,
        };
        self.disable(uid, &record, at, claims).await?;
        Ok(outcome)
    }

    /// Enables an account that [`Self::suspend`] disabled with the same `claim`, unless the event that it
    /// was suspended for is later than `at`.
    ///
    /// Firebase stores one flag for a disabled account, and not who set it. So `lift` also enables an account
    /// that an administrator disabled while it had the claim: the administrator must disable it again. An
    /// account that was disabled before the event does not get the claim, and `lift` does not enable it.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// accounts.lift("ada", "banned_at", 1_800_000_060_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not make the change; the call may be repeated.
    pub async fn lift(
        &self,
        uid: &str,
        claim: &str,
        at: i64,
    ) -> Result<AccountChange, GoogleError> {
        let Some(record) = self.record(uid).await? else {
            return Ok(AccountChange::NoSuchUser);
        };
        match record.suspended_at(claim) {
            None => return Ok(AccountChange::Before),
            Some(suspended) if suspended > at => return Ok(AccountChange::Outdated),
            Some(_) => {}
        }
        let claims = record.claims_without(claim);
        let body = json!({ "localId": uid, "disableUser": false, "customAttributes": claims });
        self.update(&body).await?;
        Ok(AccountChange::Made)
    }

    /// Disables the account for good, and ends its sign-ins: [`Self::lift`] does not enable it, because
    /// the account then does not have the claim. A user who never signed in gets a disabled account.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// accounts.close("ada", "banned_at", 1_800_000_000_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not make the change; the call may be repeated.
    pub async fn close(
        &self,
        uid: &str,
        claim: &str,
        at: i64,
    ) -> Result<AccountChange, GoogleError> {
        let record = self.record_or_new(uid).await?;
        let suspended = record.suspended_at(claim).is_some();
        if record.account.disabled && !suspended {
            return Ok(AccountChange::Before);
        }
        let claims = suspended.then(|| record.claims_without(claim));
        self.disable(uid, &record, at, claims).await?;
        Ok(AccountChange::Made)
    }

    async fn disable(
        &self,
        uid: &str,
        record: &Record,
        at: i64,
        claims: Option<String>,
    ) -> Result<(), GoogleError> {
        let valid_since = record.account.valid_since.max(at.div_euclid(1000)).to_string();
        let mut body = json!({ "localId": uid, "disableUser": true, "validSince": valid_since });
        if let (Some(claims), Some(members)) = (claims, body.as_object_mut()) {
            members.insert("customAttributes".to_owned(), claims.into());
        }
        self.update(&body).await
    }

    pub(crate) async fn update(&self, body: &Value) -> Result<(), GoogleError> {
        self.post(None, ":update", body).await.map(drop)
    }

    /// Creates an account for a user who never signed in, as signing in would. Does not change an account
    /// that exists.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// accounts.create("ada").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not make the change; the call may be repeated.
    pub async fn create(&self, uid: &str) -> Result<(), GoogleError> {
        self.record_or_new(uid).await.map(drop)
    }

    /// The account, created now if it does not exist. A new account is enabled, and the next request
    /// disables it. If it were created disabled and that request failed, it would not have our claim, and
    /// later events would treat it as disabled by somebody else.
    async fn record_or_new(&self, uid: &str) -> Result<Record, GoogleError> {
        if let Some(record) = self.record(uid).await? {
            return Ok(record);
        }
        let created = self.post(None, "", &json!({ "localId": uid })).await;
        match self.record(uid).await? {
            // Even if our request failed: the account exists, for example because the user has signed in since the
            // first lookup.
            Some(record) => Ok(record),
            None => Err(created.err().unwrap_or(GoogleError::Answer)),
        }
    }

    pub(crate) async fn record(&self, uid: &str) -> Result<Option<Record>, GoogleError> {
        Ok(self.user(None, uid).await?.map(|(account, user)| Record {
            account,
            claims: match user.get("customAttributes").map(Value::as_str) {
                None | Some(Some("")) => Some(Map::new()),
                Some(json) => json.and_then(|json| serde_json::from_str(json).ok()),
            },
        }))
    }
}

impl Record {
    /// The time of the event that the account is suspended for, if its claims contain one.
    fn suspended_at(&self, claim: &str) -> Option<i64> {
        self.claims.as_ref()?.get(claim)?.as_i64()
    }

    fn claims_without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone().unwrap_or_default();
        claims.remove(claim);
        Value::Object(claims).to_string()
    }
}
