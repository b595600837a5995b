//! Takes the place of the crate `webpki-roots`: as many roots, all of them the one that `make bench` has made.

use rustls_pki_types::{Der, TrustAnchor};

const ROOT: TrustAnchor<'static> = TrustAnchor {
    subject: Der::from_slice(include_bytes!(concat!(env!("BENCH_CERTIFICATES"), "/subject.der"))),
    subject_public_key_info: Der::from_slice(include_bytes!(concat!(env!("BENCH_CERTIFICATES"), "/spki.der"))),
    name_constraints: None,
};

pub const TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[ROOT; 144];
