//! How long a key set is kept, and how patiently it is waited for: one set of numbers per kind of key.

use std::time::Duration;

use crate::net::ServiceUrl;

const HOUR: Duration = Duration::from_secs(3600);

/// Google's keys for Firebase ID tokens, in JWK form.
#[must_use]
pub fn google_id_token_keys() -> ServiceUrl {
    ServiceUrl::from_static(
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    )
}

/// Google's keys for App Check tokens: other keys than those of ID tokens, never mixed.
#[must_use]
pub fn google_app_check_keys() -> ServiceUrl {
    ServiceUrl::from_static("https://firebaseappcheck.googleapis.com/v1/jwks")
}

/// How a key set is cached.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// The name in the log, such as `id-token`.
    pub key_set: &'static str,
    /// Where it is read.
    pub url: ServiceUrl,
    /// How long a set is fresh if its headers do not say.
    pub default_lifetime: Duration,
    /// Bounds on what the headers say.
    pub lifetime: (Duration, Duration),
    /// How long after its fetch a set is still used if no newer one can be had. Zero: not at all.
    pub stale_for: Duration,
    /// At most one fetch in this time because of unknown key ids.
    pub unknown_kid_interval: Duration,
    /// How long a request waits for a fetch without which it cannot be answered.
    pub patience: Duration,
    /// How long a request waits for a fresher set while it could use an expired one.
    pub short_patience: Duration,
    /// Varies times: a number from -1 to 1 per call.
    pub jitter: fn() -> f64,
}

impl CacheSettings {
    /// For Firebase ID tokens: fresh as long as Google says, within 5 minutes and 24 hours, one
    /// hour by default; usable for 24 hours when Google cannot be reached.
    #[must_use]
    pub fn id_tokens(url: ServiceUrl) -> Self {
        Self {
            key_set: "id-token",
            url,
            default_lifetime: HOUR,
            lifetime: (Duration::from_secs(300), 24 * HOUR),
            stale_for: 24 * HOUR,
            unknown_kid_interval: Duration::from_secs(30),
            patience: Duration::from_secs(3),
            short_patience: Duration::from_secs(1),
            jitter: || fastrand::f64() * 2.0 - 1.0,
        }
    }

    /// For App Check tokens: fresh for six hours, whatever the headers say, as the Admin SDKs have
    /// it.
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
}
