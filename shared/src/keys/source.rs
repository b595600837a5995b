//! Fetches and parses one key set for the cache, decides how long it is kept, and logs the outcome.

use std::sync::Arc;

use tracing::{info, warn};

use super::{
    fetch::{Fetch, FetchError},
    settings::CacheSettings,
};
use crate::{
    fetched::{CachedValue, Expiry, Report, Source},
    token::{KeySet, KeySetError},
};

/// Fetches the key set of one issuer.
pub(super) struct KeySetSource {
    pub(super) settings: CacheSettings,
    pub(super) fetch: Arc<dyn Fetch>,
}

impl Source for KeySetSource {
    type Value = KeySet;
    type Error = Failure;

    async fn fetch(
        &self,
        last: Option<Arc<CachedValue<KeySet>>>,
    ) -> Result<(KeySet, Expiry), Failure> {
        let settings = &self.settings;
        let fetched = self.fetch.fetch(&settings.url).await.map_err(Failure::Fetch)?;
        let keys = KeySet::from_jwks(&fetched.body).map_err(Failure::Document)?;
        self.log_left_out(last.as_deref().map(CachedValue::value), &keys);
        let (least, most) = settings.lifetime;
        let lifetime = fetched.lifetime.unwrap_or(settings.default_lifetime).clamp(least, most);
        Ok((keys, Expiry::with_early_refresh(lifetime, settings.stale_for, (settings.jitter)())))
    }

    fn finished(&self, report: Report<'_, Self>) {
        let key_set = self.settings.key_set;
        let duration_ms = report.took.as_secs_f64() * 1e3;
        match report.outcome {
            Ok(set) => {
                let max_age_s = set.fresh_for().as_secs();
                info!(key_set, outcome = "ok", max_age_s, duration_ms, "key fetch");
            }
            Err(error) => {
                let retry_in_s = report.retry_in.as_secs_f64();
                warn!(key_set, outcome = %error, duration_ms, retry_in_s, "key fetch");
            }
        }
    }
}

impl KeySetSource {
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
}
