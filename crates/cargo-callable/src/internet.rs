//! The client of all requests to servers that are not of the local run.

use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::failure::{Failure, Outcome};

/// A client whose requests take no longer than `patience`, and which follows no redirect. Every status is an answer.
pub(crate) fn agent(command: &str, patience: Duration) -> Outcome<ureq::Agent> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(format!("cargo-callable {command}"))
        .tls_config(TlsConfig::builder().root_certs(roots()?).build())
        .build();
    Ok(config.into())
}

/// The public authorities, or those of `SSL_CERT_FILE`.
fn roots() -> Outcome<RootCerts> {
    let Some(file) = std::env::var_os("SSL_CERT_FILE") else { return Ok(RootCerts::WebPki) };
    let file = std::path::PathBuf::from(file);
    let pem = std::fs::read(&file).map_err(|error| Failure::file(&file, &error))?;
    let found = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
        Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let found: Vec<Certificate<'static>> = found.collect();
    if found.is_empty() {
        return Err(Failure::new(format!(
            "SSL_CERT_FILE: {} has no certificate in PEM form",
            file.display()
        )));
    }
    Ok(RootCerts::new_with_certs(&found))
}
