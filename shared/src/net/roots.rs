//! The certificate authorities that TLS trusts: the public ones, which are compiled in, and those that the operator
//! adds.

use std::sync::OnceLock;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};

/// The operator's authorities. Set once per process, before the first connection.
static ADDED: OnceLock<Authorities> = OnceLock::new();

/// Authorities from PEM files.
#[derive(Debug, Default)]
pub(crate) struct Authorities(Vec<TrustAnchor<'static>>);

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthoritiesError {
    /// A PEM block is incomplete or is not base64.
    #[error("a certificate in it is cut off or not in PEM form")]
    Pem,
    /// It contains certificates that cannot be used, or none at all.
    #[error("there is no certificate in it that can be used")]
    None,
}

impl Authorities {
    /// Adds the authorities of a PEM file. Certificates that cannot be an authority are left out: the bundle of every
    /// system has some.
    pub(crate) fn add_pem(&mut self, text: &[u8]) -> Result<(), AuthoritiesError> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text) {
            let _ = store.add(certificate.map_err(|_| AuthoritiesError::Pem)?);
        }
        if store.is_empty() {
            return Err(AuthoritiesError::None);
        }
        self.0.append(&mut store.roots);
        Ok(())
    }

    /// Whether there are no authorities.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes all clients of this process trust these authorities and the public ones. Must be called before the first
    /// connection; a second call has no effect.
    pub(crate) fn trust(self) {
        let _ = ADDED.set(self);
    }
}

/// The authorities that the clients of this process trust.
pub(super) fn trusted() -> RootCertStore {
    with(ADDED.get())
}

/// The public authorities and `added`.
pub(super) fn with(added: Option<&Authorities>) -> RootCertStore {
    let mut roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
    roots.extend(added.iter().flat_map(|added| added.0.iter().cloned()));
    RootCertStore { roots }
}
