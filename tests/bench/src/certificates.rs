//! A certificate authority for the key endpoint, made once per checkout: `bench --certificates <folder>`.

use std::{fs, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{RootCertStore, ServerConfig, pki_types::PrivatePkcs8KeyDer};

/// Writes the authority's certificate in the forms in which the targets trust it, and the key endpoint's certificate.
pub(crate) fn make(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "make bench");
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();

    let mut store = RootCertStore::empty();
    store.add(issuer.der().clone()).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("subject.der", &store.roots[0].subject);
    write("spki.der", &store.roots[0].subject_public_key_info);
    write("leaf.der", leaf.der());
    write("leaf-key.der", &key.serialize_der());
    // reqwest reads one file with all roots: the system's and this one.
    let system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    write("authority.pem", issuer.pem().as_bytes());
    write("bundle.pem", (issuer.pem() + &system).as_bytes());
}

/// The TLS configuration of the key endpoint.
pub(crate) fn server(folder: &Path) -> Arc<ServerConfig> {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let key = PrivatePkcs8KeyDer::from(read("leaf-key.der"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![read("leaf.der").into()], key.into())
        .unwrap();
    Arc::new(config)
}
