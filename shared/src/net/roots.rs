//! Whom TLS trusts: the public authorities that are compiled in, and those that the operator adds.

use std::sync::OnceLock;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, TrustAnchor, pem::PemObject},
};

/// The operator's authorities. Set once per process, before the first connection.
static ADDED: OnceLock<Authorities> = OnceLock::new();

/// Authorities from PEM files.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<TrustAnchor<'static>>);

/// Why a file is not one of authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthoritiesError {
    /// A PEM block in it is cut off or not base64.
    #[error("a certificate in it is cut off or not in PEM form")]
    Pem,
    /// It has no usable certificate.
    #[error("there is no certificate in it that can be used")]
    None,
}

impl Authorities {
    /// Adds the authorities of a PEM file. Certificates that cannot be an authority are left out, since every
    /// system's bundle has some.
    ///
    /// # Errors
    /// The file is damaged, or holds no usable certificate.
    pub fn add_pem(&mut self, text: &[u8]) -> Result<(), AuthoritiesError> {
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

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes every client of this process trust them beside the public ones, from its first connection on. A
    /// second call changes nothing.
    pub fn trust(self) {
        let _ = ADDED.set(self);
    }
}

/// All authorities that a client of this process trusts.
pub(super) fn trusted() -> RootCertStore {
    with(ADDED.get())
}

/// The public authorities and these.
pub(super) fn with(added: Option<&Authorities>) -> RootCertStore {
    let mut roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
    roots.extend(added.iter().flat_map(|added| added.0.iter().cloned()));
    RootCertStore { roots }
}
