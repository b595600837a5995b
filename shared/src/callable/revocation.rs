//! Whether a user's sign-ins were revoked, or the user disabled, since the token was made: what the
//! token itself cannot tell for the rest of its hour. Asked of Google, remembered for a minute.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use tracing::warn;

use crate::{
    clock::Clock,
    fetched::{Ages, FetchedValues, Kept, Source},
    google::{self, Account, Accounts, GoogleError},
    token::{IdToken, TokenError},
};

/// Whether a callable asks, call by call, if the caller's sign-in was revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RevocationCheck {
    /// Tokens count until they expire, an hour at most. The reference's behaviour.
    #[default]
    Off,
    /// Asks; when Google cannot be asked, the call is UNAVAILABLE.
    Required,
    /// Asks; when Google cannot be asked, the call goes on, with a warning in the log.
    FailOpen,
}

/// How long an account is taken to be as it was last seen.
const KEEP: Duration = Duration::from_secs(60);
/// How long a user without an account is refused without asking Google again. Short, because the account may
/// be restored or imported, and one answer that came too early must not refuse a signed-in user's token for
/// longer.
const KEEP_NOT_FOUND: Duration = Duration::from_secs(5);
/// How many accounts, and how many refused tokens, are remembered.
const CAPACITY: usize = 1024;

/// Asks for accounts, and remembers what it was told. One per process.
#[derive(Clone)]
pub struct Revocation(Arc<Inner>);

struct Inner {
    service: Arc<Accounts>,
    accounts: FetchedValues<UserKey, Lookup>,
    clock: Arc<dyn Clock>,
    /// Tokens that stay refused until they expire, by their hash.
    refused: Mutex<HashMap<Vec<u8>, (TokenError, i64)>>,
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
        _: Option<Arc<Kept<Option<Account>>>>,
    ) -> Result<(Option<Account>, Ages), GoogleError> {
        let (tenant, uid) = &self.user;
        let account = self.service.lookup(tenant.as_deref(), uid).await?;
        let keep = if account.is_some() { KEEP } else { KEEP_NOT_FOUND };
        Ok((account, Ages::exact(keep, keep)))
    }

    fn is_outage(&self, error: &GoogleError) -> bool {
        // An unreadable account, or a deleted tenant, concerns this user only and is not an outage.
        !matches!(error, GoogleError::Answer | GoogleError::Status(400 | 404))
    }
}

impl Revocation {
    /// Asks `accounts` at times that `clock` tells.
    #[must_use]
    pub fn new(accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            service: Arc::new(accounts),
            accounts: FetchedValues::new(CAPACITY, google::DISCIPLINE, Arc::clone(&clock)),
            clock,
            refused: Mutex::default(),
        }))
    }

    /// Refuses a verified token whose user is gone, disabled, or has signed in again since.
    pub(super) async fn check(
        &self,
        token: &IdToken,
        check: RevocationCheck,
    ) -> Result<(), TokenError> {
        if check == RevocationCheck::Off {
            return Ok(());
        }
        let fingerprint = digest(&SHA256, token.raw_token().as_bytes()).as_ref().to_vec();
        if let Some((error, _)) = self.refused().get(&fingerprint) {
            return Err(*error);
        }
        let account = match self.account(token).await {
            Ok(account) => account,
            Err(error) if check == RevocationCheck::FailOpen => {
                warn!(%error, "revocation cannot be checked, the call goes on");
                return Ok(());
            }
            Err(error) => {
                warn!(%error, "revocation cannot be checked");
                return Err(TokenError::RevocationUnknown);
            }
        };
        let judged = judge(account, token.auth_time());
        match judged {
            Ok(()) | Err(TokenError::UserNotFound) => {}
            Err(error) => {
                let (now, end) = (self.0.clock.unix_seconds(), token.expires());
                let mut refused = self.refused();
                make_room(&mut refused, |(_, end)| *end > now);
                refused.insert(fingerprint, (error, end));
            }
        }
        judged
    }

    async fn account(&self, token: &IdToken) -> Result<Option<Account>, GoogleError> {
        let user = (token.tenant().map(str::to_owned), token.uid().to_owned());
        let lookup =
            |user: &UserKey| Lookup { service: Arc::clone(&self.0.service), user: user.clone() };
        let account = self.0.accounts.of(user, lookup).get().await;
        Ok(*account.map_err(google::trouble)?.value())
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<Vec<u8>, (TokenError, i64)>> {
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The order of the Admin SDKs. `auth_time` counts and not `iat`: a refreshed token is as old as its
/// sign-in.
fn judge(account: Option<Account>, auth_time: Option<i64>) -> Result<(), TokenError> {
    let account = account.ok_or(TokenError::UserNotFound)?;
    if account.disabled {
        return Err(TokenError::Disabled);
    }
    match auth_time {
        None => Err(TokenError::AuthTime),
        Some(signed_in) if signed_in < account.valid_since => Err(TokenError::Revoked),
        Some(_) => Ok(()),
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

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revocation")
    }
}
