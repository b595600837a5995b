//! How long a key set is kept and how long requests wait for it, per kind of key.

use std::time::Duration;

use crate::{fetched::random_jitter, net::ServiceUrl};

const HOUR: Duration = Duration::from_secs(3600);

/// Google's keys for Firebase ID tokens, in JWK form.
#[must_use]
pub fn google_id_token_keys() -> ServiceUrl {
    ServiceUrl::from_static(
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    )
}

/// Google's keys for App Check tokens. They are not the keys of ID tokens.
#[must_use]
pub fn google_app_check_keys() -> ServiceUrl {
    ServiceUrl::from_static("https://firebaseappcheck.googleapis.com/v1/jwks")
}

/// How a key set is cached.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// The name of the key set in the log and at a mirror, such as `id-token`.
    pub key_set: &'static str,
    /// The address of the key set.
    pub url: ServiceUrl,
    /// How long a set is fresh if its headers state no lifetime.
    pub default_lifetime: Duration,
    /// Least and greatest lifetime: a lifetime in the headers is limited to this range.
    pub lifetime: (Duration, Duration),
    /// How long after its fetch a set is still used if no newer one can be fetched. Zero: an
    /// expired set is never used.
    pub stale_for: Duration,
    /// Unknown key ids cause at most one fetch in this time.
    pub unknown_kid_interval: Duration,
    /// How long a request without a usable set waits for a fetch.
    pub max_wait: Duration,
    /// How long a request that could use an expired set waits for a newer one.
    pub max_wait_if_expired: Duration,
    /// Returns a number from -1 to 1 per call. Varies the times of refreshes and retries by a tenth, so that not all
    /// processes fetch at once.
    pub jitter: fn() -> f64,
}

impl CacheSettings {
    /// For Firebase ID tokens: fresh as long as the headers say, from 5 minutes to 24 hours, one hour by default;
    /// usable for 24 hours if Google cannot be reached.
    ///
    /// ```
    /// use std::time::Duration;
    /// use shared::{keys::CacheSettings, net::ServiceUrl};
    ///
    /// let url = ServiceUrl::parse("https://mirror.example.com/id-token-keys.json")?;
    /// let settings = CacheSettings { stale_for: Duration::ZERO, ..CacheSettings::id_tokens(url) };
    /// # Ok::<(), shared::net::UrlError>(())
    /// ```
    #[must_use]
    pub fn id_tokens(url: ServiceUrl) -> Self {
        Self {
            key_set: "id-token",
            url,
            default_lifetime: HOUR,
            lifetime: (Duration::from_secs(300), 24 * HOUR),
            stale_for: 24 * HOUR,
            unknown_kid_interval: Duration::from_secs(30),
            max_wait: Duration::from_secs(3),
            max_wait_if_expired: Duration::from_secs(1),
            jitter: random_jitter,
        }
    }

    /// For App Check tokens: fresh for six hours, whatever the headers say, as in the Admin SDKs.
    ///
    /// ```
    /// use shared::keys::{CacheSettings, google_app_check_keys};
    ///
    /// let settings = CacheSettings::app_check(google_app_check_keys());
    /// assert_eq!(settings.lifetime.0, settings.default_lifetime);
    /// ```
    #[must_use]
    pub fn app_check(url: ServiceUrl) -> Self {
        let six_hours = 6 * HOUR;
        Self {
            key_set: "app-check",
            default_lifetime: six_hours,
            lifetime: (six_hours, six_hours),
            ..Self::id_tokens(url)
        }
    }

    /// How long a set is fresh that may be kept for `stated`, according to its issuer.
    pub(crate) fn lifetime_of(&self, stated: Option<Duration>) -> Duration {
        let (least, most) = self.lifetime;
        stated.unwrap_or(self.default_lifetime).clamp(least, most)
    }
}
