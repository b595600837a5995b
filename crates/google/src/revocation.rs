//! Whether a user's sign-ins were revoked, or the user disabled, since the token was made: what the
//! token itself cannot tell for the rest of its hour. Asked of Google, cached for a minute.

use std::{
    collections::HashMap,
    hash::Hash,
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

/// How long an account is taken to be as it was last seen.
const KEEP: Duration = Duration::from_secs(60);
/// How long a user without an account is refused without asking Google again. Short, because the account may
/// be restored or imported, and one answer that came too early must not refuse a signed-in user's token for
/// longer.
const KEEP_NOT_FOUND: Duration = Duration::from_secs(5);
/// How many accounts, and how many refused tokens, are remembered.
const CAPACITY: usize = 1024;

/// Asks for accounts, and caches the answers. One per process: clones share the cache.
#[derive(Debug, Clone)]
pub struct Revocation(Redacted<Arc<Inner>>);

struct Inner {
    service: Arc<Accounts>,
    accounts: FetchedValues<UserKey, Lookup>,
    clock: Arc<dyn Clock>,
    /// Tokens that stay refused until they expire, by their hash.
    refused: Mutex<HashMap<Vec<u8>, (SignIn, i64)>>,
}

/// Tenant and user id.
type UserKey = (Option<String>, String);

/// One user's account at Google. All calls of the user share one lookup.
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
        // An unreadable account, or a deleted tenant, concerns this user only and is not an outage.
        !matches!(error, GoogleError::Answer | GoogleError::Status(400 | 404))
    }
}

impl Revocation {
    /// Asks `accounts` at times that `clock` tells.
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

    /// What became of the sign-in behind a verified token.
    ///
    /// ```no_run
    /// # async fn f(revocation: firebase_callable_google::Revocation, token: shared::token::AuthData)
    /// # -> Result<(), firebase_callable_google::GoogleError> {
    /// use shared::callable::SignIn;
    ///
    /// let counts = revocation.sign_in(&token).await? == SignIn::Current;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Google did not answer within three seconds.
    pub async fn sign_in(&self, token: &AuthData) -> Result<SignIn, GoogleError> {
        let fingerprint = digest(&SHA256, token.raw_token().as_bytes()).as_ref().to_vec();
        if let Some((refused, _)) = self.refused().get(&fingerprint) {
            return Ok(*refused);
        }
        let judged = judge(self.account(token).await?, token.auth_time());
        if !matches!(judged, SignIn::Current | SignIn::UserNotFound) {
            let (now, end) = (self.0.0.clock.unix_seconds(), token.expires());
            let mut refused = self.refused();
            make_room(&mut refused, |(_, end)| *end > now);
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

/// The order of the Admin SDKs. `auth_time` counts and not `iat`: a refreshed token is as old as its
/// sign-in. A token without it could be of a revoked sign-in, and counts as one.
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

/// Forgets what is out of date once a memory is full, and everything if that is not enough.
fn make_room<K: Eq + Hash, V>(memory: &mut HashMap<K, V>, current: impl Fn(&V) -> bool) {
    if memory.len() >= CAPACITY {
        memory.retain(|_, value| current(value));
    }
    if memory.len() >= CAPACITY {
        memory.clear();
    }
}

impl RevocationSource for Revocation {
    fn sign_in<'a>(&'a self, token: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>> {
        Box::pin(async { Ok(self.sign_in(token).await?) })
    }
}
