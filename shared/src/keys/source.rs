//! Gets one key set for the cache: from the function's package, the mirror or the issuer. Decides how long it is kept,
//! and logs the outcome.

use std::sync::Arc;

use tracing::{info, warn};

use super::{
    copies::{Copies, KeyOrigin, Mirror},
    copy::{CopyError, KeyCopy, Left},
    fetch::{Fetch, FetchError},
    settings::CacheSettings,
};
use crate::{
    clock::Clock,
    fetched::{CachedValue, Expiry, Report, Source},
    token::{KeySet, KeySetError},
};

/// Gets the key set of one issuer.
pub(super) struct KeySetSource {
    pub(super) settings: CacheSettings,
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) copies: Copies,
    pub(super) clock: Arc<dyn Clock>,
}

/// A key set, and where it comes from.
#[derive(Debug)]
pub(super) struct OriginKeys {
    pub(super) keys: KeySet,
    pub(super) origin: KeyOrigin,
    /// When it was fetched from the issuer, in seconds since 1970.
    pub(super) fetched_at: i64,
}

type Got = (OriginKeys, Expiry);

impl Source for KeySetSource {
    type Value = OriginKeys;
    type Error = Failure;

    async fn fetch(&self, last: Option<Arc<CachedValue<OriginKeys>>>) -> Result<Got, Failure> {
        let last = last.as_deref().map(CachedValue::value);
        let got = self.newer_than(last).await?;
        self.log_left_out(last.map(|last| &last.keys), &got.0.keys);
        Ok(got)
    }

    fn finished(&self, report: Report<'_, Self>) {
        let key_set = self.settings.key_set;
        let duration_ms = report.took.as_secs_f64() * 1e3;
        match report.outcome {
            Ok(set) => {
                let (origin, max_age_s) = (set.value().origin.name(), set.fresh_for().as_secs());
                info!(key_set, outcome = "ok", origin, max_age_s, duration_ms, "key fetch");
            }
            Err(error) => {
                let retry_in_s = report.retry_in.as_secs_f64();
                warn!(key_set, outcome = %error, duration_ms, retry_in_s, "key fetch");
            }
        }
    }
}

impl KeySetSource {
    /// The package is read once, at the start. The mirror's copy is used if it is newer than `last` and the issuer's
    /// own time for it has not passed; otherwise the issuer is asked. If it cannot be asked, a mirror's copy that is
    /// newer than `last` is used even so, up to the age at which any key set becomes unusable.
    async fn newer_than(&self, last: Option<&OriginKeys>) -> Result<Got, Failure> {
        if last.is_none()
            && let Some((keys, left)) = self.baked()
        {
            return Ok((keys, Expiry::refreshed_at_once(left.usable)));
        }
        let mirrored = match &self.copies.mirror {
            Some(mirror) => self.mirrored(&**mirror, last).await,
            None => None,
        };
        match mirrored {
            Some((keys, left)) if !left.fresh.is_zero() => Ok((keys, self.expiry(left))),
            Some((keys, left)) => match self.of_issuer().await {
                Err(_) => Ok((keys, Expiry::refreshed_at_once(left.usable))),
                got => got,
            },
            None => self.of_issuer().await,
        }
    }

    fn baked(&self) -> Option<(OriginKeys, Left)> {
        let baked = self.copies.baked.as_ref()?;
        let copy = baked.of(&self.settings.url.to_string())?;
        match self.read(copy, KeyOrigin::Baked) {
            Ok(keys) => Some(keys),
            Err(error) => {
                info!(key_set = self.settings.key_set, outcome = %error, "baked keys not used");
                None
            }
        }
    }

    async fn mirrored(
        &self,
        mirror: &dyn Mirror,
        last: Option<&OriginKeys>,
    ) -> Option<(OriginKeys, Left)> {
        let read = mirror.read(self.settings.key_set).await.map_err(Failure::Fetch);
        let copy = read.and_then(|document| KeyCopy::parse(document).map_err(Failure::Copy));
        let keys = copy.and_then(|copy| self.read(&copy, KeyOrigin::Mirror).map_err(Failure::Copy));
        match keys {
            Ok((keys, left)) => {
                let is_newer = last.is_none_or(|last| last.fetched_at < keys.fetched_at);
                is_newer.then_some((keys, left))
            }
            Err(error) => {
                warn!(key_set = self.settings.key_set, outcome = %error, "key mirror not used");
                None
            }
        }
    }

    fn read(&self, copy: &KeyCopy, origin: KeyOrigin) -> Result<(OriginKeys, Left), CopyError> {
        let (keys, left) = copy.keys(&self.settings, self.clock.unix_seconds())?;
        Ok((OriginKeys { keys, origin, fetched_at: copy.fetched_at() }, left))
    }

    async fn of_issuer(&self) -> Result<Got, Failure> {
        let settings = &self.settings;
        let fetched_at = self.clock.unix_seconds();
        let fetched = self.fetch.fetch(&settings.url).await.map_err(Failure::Fetch)?;
        let keys = KeySet::from_jwks(&fetched.body).map_err(Failure::Document)?;
        let fresh = settings.lifetime_of(fetched.lifetime);
        let expiry = self.expiry(Left { fresh, usable: settings.stale_for });
        Ok((OriginKeys { keys, origin: KeyOrigin::Issuer, fetched_at }, expiry))
    }

    fn expiry(&self, left: Left) -> Expiry {
        Expiry::with_early_refresh(left.fresh, left.usable, (self.settings.jitter)())
    }

    /// Logs the entries of `now` that are not used, unless `before` had the same ones. The log line is a warning if a
    /// token may need one of them.
    fn log_left_out(&self, before: Option<&KeySet>, now: &KeySet) {
        let (left_out, used, key_set) = (now.left_out(), now.len(), self.settings.key_set);
        if left_out.is_empty() || before.is_some_and(|before| before.left_out() == left_out) {
            return;
        }
        if left_out.is_expected() {
            info!(key_set, used, %left_out, "keys for another use");
        } else {
            warn!(key_set, used, %left_out, "keys not usable");
        }
    }
}

/// Why there is no key set.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Fetch(FetchError),
    #[error(transparent)]
    Document(KeySetError),
    #[error(transparent)]
    Copy(CopyError),
}
