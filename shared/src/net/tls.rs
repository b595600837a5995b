//! The TLS configuration of outgoing connections.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::roots;

/// The TLS configuration of all outgoing connections of this process: rustls with aws-lc, which trusts the public
/// authorities and those of `AWS_CA_BUNDLE` and `SSL_CERT_FILE`. For an HTTP client of another crate, so that a program
/// links one TLS library and trusts the same servers everywhere. To be called at the start of a function, or later.
///
/// ```
/// use std::time::Duration;
///
/// # fn client() -> Result<reqwest::Client, reqwest::Error> {
/// // reqwest with `default-features = false` and the feature `rustls-no-provider`.
/// let client = reqwest::Client::builder()
///     .tls_backend_preconfigured(shared::net::tls_config())
///     .connect_timeout(Duration::from_secs(1))
///     .timeout(Duration::from_secs(5))
///     .pool_idle_timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok(client)
/// # }
/// # client().unwrap();
/// ```
#[must_use]
pub fn config() -> ClientConfig {
    config_with(roots::trusted())
}

#[expect(clippy::expect_used, reason = "aws-lc supports rustls's default protocol versions")]
pub(super) fn config_with(roots: RootCertStore) -> ClientConfig {
    // Set explicitly, so that a default of another crate cannot change the crypto library.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
