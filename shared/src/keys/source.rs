//! One key set as a source of the cache: fetched, read, given its ages, and reported in the log.

use std::sync::Arc;

use tracing::{info, warn};

use super::{
    fetch::{Fetch, FetchError},
    left_out::report_left_out,
    settings::CacheSettings,
};
use crate::{
    fetched::{CachedValue, Expiry, Report, Source},
    token::{KeySet, KeySetError},
};

/// Where key sets come from.
pub(super) struct Keys {
    pub(super) settings: CacheSettings,
    pub(super) fetch: Arc<dyn Fetch>,
}

impl Source for Keys {
    type Value = KeySet;
    type Error = Failure;

    async fn fetch(
        &self,
        last: Option<Arc<CachedValue<KeySet>>>,
    ) -> Result<(KeySet, Expiry), Failure> {
        let settings = &self.settings;
        let fetched = self.fetch.fetch(&settings.url).await.map_err(Failure::Fetch)?;
        let keys = KeySet::from_jwks(&fetched.body).map_err(Failure::Document)?;
        report_left_out(settings.key_set, last.as_deref().map(CachedValue::value), &keys);
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
            Err(trouble) => {
                let retry_in_s = report.retry_in.as_secs_f64();
                warn!(key_set, outcome = %trouble, duration_ms, retry_in_s, "key fetch");
            }
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
