//! Whether a user was disabled, or their sign-ins were revoked, since an ID token was issued. The token does not show
//! this, and stays valid for up to an hour, so the account is looked up at Google. Accounts are cached for a minute.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use shared::{
    Redacted,
    callable::{RevocationSource, SignIn, SourceError},
    clock::Clock,
    fetched::{CachedValue, Expiry, FetchedValues, Source},
    net::BoxFuture,
    token::AuthData,
};

use crate::{Account, Accounts, GoogleError, timeouts::FETCH_POLICY};

/// How long an account that was looked up is cached.
const KEEP: Duration = Duration::from_secs(60);
/// How long a user without an account is refused without another lookup. Short, because the account may be restored or
/// imported soon after the lookup.
const KEEP_NOT_FOUND: Duration = Duration::from_secs(5);
/// How many accounts, and how many refused tokens, are cached.
const CAPACITY: usize = 1024;

/// Looks accounts up, and caches the answers. Make one per process: clones share the cache.
#[derive(Debug, Clone)]
pub struct Revocation(Redacted<Arc<Inner>>);

struct Inner {
    service: Arc<Accounts>,
    accounts: FetchedValues<UserKey, Lookup>,
    clock: Arc<dyn Clock>,
    /// The tokens that are refused until they expire, by their SHA-256 hash, with the reason and the expiry in seconds
    /// since 1970.
    refused: Mutex<HashMap<Vec<u8>, (SignIn, i64)>>,
}

/// Tenant and user id.
type UserKey = (Option<String>, String);

/// The lookup of one user's account, which all calls of the user share.
struct Lookup {
    service: Arc<Accounts>,
    user: UserKey,
}

impl Source for Lookup {
    type Value = Option<Account>;
    type Error = GoogleError;

    async fn fetch(
        &self,
        _: Option<Arc<CachedValue<Option<Account>>>>,
    ) -> Result<(Option<Account>, Expiry), GoogleError> {
        let (tenant, uid) = &self.user;
        let account = self.service.lookup(tenant.as_deref(), uid).await?;
        let keep = if account.is_some() { KEEP } else { KEEP_NOT_FOUND };
        Ok((account, Expiry::exact(keep, keep)))
    }

    fn is_outage(&self, error: &GoogleError) -> bool {
        // An unreadable account, or a deleted tenant, concerns one user only and is not an outage.
        !matches!(error, GoogleError::Answer | GoogleError::Status(400 | 404))
    }
}

impl Revocation {
    /// Looks users up in `accounts`; `clock` measures the age of the answers.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use firebase_callable_google::{AccessToken, Accounts, Revocation};
    /// use shared::clock::SystemClock;
    ///
    /// let accounts = Accounts::new("my-app", Arc::new(AccessToken::new("ya29.a0AfH6SM")));
    /// let revocation = Revocation::new(accounts, Arc::new(SystemClock::new()));
    /// ```
    #[must_use]
    pub fn new(accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self(Redacted(Arc::new(Inner {
            service: Arc::new(accounts),
            accounts: FetchedValues::new(CAPACITY, FETCH_POLICY, Arc::clone(&clock)),
            clock,
            refused: Mutex::default(),
        })))
    }

    async fn sign_in(&self, token: &AuthData) -> Result<SignIn, GoogleError> {
        let fingerprint = digest(&SHA256, token.raw_token().as_bytes()).as_ref().to_vec();
        if let Some((refused, _)) = self.refused().get(&fingerprint) {
            return Ok(*refused);
        }
        let judged = judge(self.account(token).await?, token.auth_time());
        if !matches!(judged, SignIn::Current | SignIn::UserNotFound) {
            let (now, end) = (self.0.0.clock.unix_seconds(), token.expires());
            let mut refused = self.refused();
            if refused.len() >= CAPACITY {
                refused.retain(|_, (_, end)| *end > now);
            }
            if refused.len() >= CAPACITY {
                refused.clear();
            }
            refused.insert(fingerprint, (judged, end));
        }
        Ok(judged)
    }

    async fn account(&self, token: &AuthData) -> Result<Option<Account>, GoogleError> {
        let user = (token.tenant().map(str::to_owned), token.uid().to_owned());
        let lookup =
            |user: &UserKey| Lookup { service: Arc::clone(&self.0.0.service), user: user.clone() };
        Ok(*self.0.0.accounts.of(user, lookup).get().await?.value())
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<Vec<u8>, (SignIn, i64)>> {
        self.0.0.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies the checks in the order of the Admin SDKs. Compares `auth_time`, not `iat`: refreshing a token does not make
/// its sign-in newer. A token without `auth_time` could belong to a revoked sign-in, so it is refused as revoked.
fn judge(account: Option<Account>, auth_time: Option<i64>) -> SignIn {
    match account {
        None => SignIn::UserNotFound,
        Some(account) if account.disabled => SignIn::UserDisabled,
        Some(account) if auth_time.is_none_or(|signed_in| signed_in < account.valid_since) => {
            SignIn::Revoked
        }
        Some(_) => SignIn::Current,
    }
}

impl RevocationSource for Revocation {
    fn sign_in<'a>(&'a self, token: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>> {
        Box::pin(async { Ok(self.sign_in(token).await?) })
    }
}
