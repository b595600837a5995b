//! Changes to a user's account: sign-ins ended, the account disabled for as long as something elsewhere
//! lasts, or for good. There is no store of our own: a custom claim of the account, which only
//! administrators can write, records that we disabled it, and when. A disabled account gets no tokens,
//! so the claim is never in one; it is removed when the account is enabled again.

use serde_json::{Map, Value, json};

use crate::{
    GoogleError,
    accounts::{Account, Accounts, account},
};

/// The most that Identity Toolkit takes as custom claims, in UTF-16 units of their JSON.
const MAX_CLAIMS: usize = 1000;

/// The outcome of a request to change an account.
///
/// ```no_run
/// # async fn f(accounts: firebase_callable_google::Accounts) -> Result<(), firebase_callable_google::GoogleError> {
/// use firebase_callable_google::AccountChange;
///
/// if accounts.revoke("ada", 1_800_000_000, 0).await? == AccountChange::NoSuchUser {
///     println!("nobody to sign out");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountChange {
    /// The account is changed.
    Made,
    /// It is disabled, but its custom claims had no room for ours: [`Accounts::lift`] will not enable
    /// it again.
    MadeWithoutClaim,
    /// There was nothing to change: it was done before, or somebody else disabled the account.
    Before,
    /// Something newer was done to the account.
    Outdated,
    /// The user has no account, because they never signed in.
    NoSuchUser,
}

/// An account and its custom claims; `None` if those are not an object.
struct Record {
    account: Account,
    claims: Option<Map<String, Value>>,
}

impl Accounts {
    /// Ends every sign-in of a user before `valid_since` (seconds since 1970), and those of the
    /// `ahead` seconds after it. Never moves the time back.
    ///
    /// ```no_run
    /// # async fn f(accounts: firebase_callable_google::Accounts)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// // Sign-ins before this second, and none after it.
    /// accounts.revoke("ada", 1_800_000_000, 0).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not do it; it may be asked again. Should it refuse a time in the future, the
    /// sign-ins before `valid_since` are ended, and the error asks for another attempt after it.
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
        match self.post(None, "update", &body(until)).await {
            Ok(_) => Ok(AccountChange::Made),
            Err(refused @ GoogleError::Status(400)) if account.valid_since < valid_since => {
                self.post(None, "update", &body(valid_since)).await?;
                Err(refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Disables the account and ends its sign-ins, because of something that happened at `at`
    /// (milliseconds since 1970) and may be undone: the custom claim `claim` says so until
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
    /// Google did not do it; it may be asked again.
    pub async fn suspend(
        &self,
        uid: &str,
        claim: &str,
        at: i64,
    ) -> Result<AccountChange, GoogleError> {
        let record = self.record_or_new(uid).await?;
        match record.suspended_at(claim) {
            // Even if it is enabled: then an administrator enabled it after that.
            Some(earlier) if earlier >= at => return Ok(AccountChange::Before),
            None if record.account.disabled => return Ok(AccountChange::Before),
            _ => {}
        }
        let mut claims = record.claims.clone();
        if let Some(claims) = &mut claims {
            claims.insert(claim.to_owned(), at.into());
        }
        let claims = claims.map(Value::Object).map(|claims| claims.to_string());
        let claims = claims.filter(|json| json.encode_utf16().count() <= MAX_CLAIMS);
        let outcome = match claims {
            Some(_) => AccountChange::Made,
            None => AccountChange::MadeWithoutClaim,
        };
        self.disable(uid, &record, at, claims).await?;
        Ok(outcome)
    }

    /// Enables an account again that [`Self::suspend`] disabled with the same `claim`, if that was
    /// not because of something later than `at`.
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
    /// Google did not do it; it may be asked again.
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
        self.post(None, "update", &body).await?;
        Ok(AccountChange::Made)
    }

    /// Disables the account for good, and ends its sign-ins: [`Self::lift`] does not enable it. A
    /// user who never signed in gets a disabled account.
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
    /// Google did not do it; it may be asked again.
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
        let valid_since = record.account.valid_since.max(at.div_euclid(1000));
        let mut body = Map::new();
        body.insert("localId".to_owned(), uid.into());
        body.insert("disableUser".to_owned(), true.into());
        body.insert("validSince".to_owned(), valid_since.to_string().into());
        if let Some(claims) = claims {
            body.insert("customAttributes".to_owned(), claims.into());
        }
        self.post(None, "update", &Value::Object(body)).await?;
        Ok(())
    }

    /// Makes an account for a user who never signed in, as signing in would. Does nothing to one that
    /// is there.
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
    /// Google did not do it; it may be asked again.
    pub async fn create(&self, uid: &str) -> Result<(), GoogleError> {
        self.record_or_new(uid).await.map(|_| ())
    }

    /// The account, made now if there is none. It is made enabled and disabled with the next request: a
    /// disabled account without our claim would be taken for somebody else's decision, if that request
    /// failed.
    async fn record_or_new(&self, uid: &str) -> Result<Record, GoogleError> {
        if let Some(record) = self.record(uid).await? {
            return Ok(record);
        }
        let created = self.post(None, "", &json!({ "localId": uid })).await;
        match (self.record(uid).await?, created) {
            // Ours or not: the user may have signed in meanwhile, which created it.
            (Some(record), _) => Ok(record),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(GoogleError::Answer),
        }
    }

    async fn record(&self, uid: &str) -> Result<Option<Record>, GoogleError> {
        let answer = self.post(None, "lookup", &json!({ "localId": [uid] })).await?;
        let users = match answer.get("users") {
            None => return Ok(None),
            Some(Value::Array(users)) => users.as_slice(),
            Some(_) => return Err(GoogleError::Answer),
        };
        match users {
            [] => Ok(None),
            [user] => {
                let account = account(user, uid).ok_or(GoogleError::Answer)?;
                let claims = match user.get("customAttributes").map(Value::as_str) {
                    None | Some(Some("")) => Some(Map::new()),
                    Some(json) => json.and_then(|json| serde_json::from_str(json).ok()),
                };
                Ok(Some(Record { account, claims }))
            }
            _ => Err(GoogleError::Answer),
        }
    }
}

impl Record {
    /// When the account was suspended, if its claims say that it is.
    fn suspended_at(&self, claim: &str) -> Option<i64> {
        self.claims.as_ref()?.get(claim)?.as_i64()
    }

    fn claims_without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone().unwrap_or_default();
        claims.remove(claim);
        Value::Object(claims).to_string()
    }
}
