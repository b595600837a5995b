//! The TLS configuration of outgoing connections.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::roots;

/// The TLS configuration of all outgoing connections of this process: rustls with aws-lc, which trusts the public
/// authorities and those of `AWS_CA_BUNDLE` and `SSL_CERT_FILE`. For an HTTP client of another crate, so that a program
/// links one TLS library and trusts the same servers everywhere.
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
