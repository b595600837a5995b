//! Whether a user's sign-ins were revoked, or the user disabled, since the token was made: what the
//! token itself cannot tell for the rest of its hour. Asked of Google, remembered for a minute.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use tracing::warn;

use crate::{
    clock::{Clock, Moment},
    google::{Account, Accounts},
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
/// How many accounts, and how many refused tokens, are remembered.
const CAPACITY: usize = 1024;

/// Asks for accounts, and remembers what it was told. One per process.
#[derive(Clone)]
pub struct Revocation(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// By tenant and user id.
    accounts: HashMap<(Option<String>, String), (Option<Account>, Moment)>,
    /// Tokens that stay refused until they expire, by their hash.
    refused: HashMap<Vec<u8>, (TokenError, i64)>,
}

impl Revocation {
    /// Asks `accounts` at times that `clock` tells.
    #[must_use]
    pub fn new(accounts: Accounts, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { accounts, clock, memory: Mutex::default() }))
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
        if let Some((error, _)) = self.memory(|memory| memory.refused.get(&fingerprint).copied()) {
            return Err(error);
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
        let refused = judge(account, token.auth_time());
        if let Err(error) = refused {
            let (now, end) = (self.0.clock.unix_seconds(), token.expires());
            self.memory(|memory| {
                make_room(&mut memory.refused, |(_, end)| *end > now);
                memory.refused.insert(fingerprint, (error, end));
            });
        }
        refused
    }

    async fn account(
        &self,
        token: &IdToken,
    ) -> Result<Option<Account>, crate::google::GoogleError> {
        let key = (token.tenant().map(str::to_owned), token.uid().to_owned());
        let now = Moment::now(self.0.clock.as_ref());
        let fresh = |(_, seen): &(Option<Account>, Moment)| now.since(*seen) < KEEP;
        let known = self.memory(|memory| memory.accounts.get(&key).filter(|a| fresh(a)).copied());
        if let Some((account, _)) = known {
            return Ok(account);
        }
        let account = self.0.accounts.lookup(token.tenant(), token.uid()).await?;
        self.memory(|memory| {
            make_room(&mut memory.accounts, fresh);
            memory.accounts.insert(key, (account, now));
        });
        Ok(account)
    }

    fn memory<T>(&self, use_it: impl FnOnce(&mut Memory) -> T) -> T {
        use_it(&mut self.0.memory.lock().unwrap_or_else(PoisonError::into_inner))
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
