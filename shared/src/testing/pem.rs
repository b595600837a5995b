//! Test keys in PEM and DER.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    signature::KeyPair,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::TestKeys;

impl TestKeys {
    /// The private key in PKCS#8, as PEM.
    #[must_use]
    pub fn private_key_pem(&self) -> String {
        let der: Pkcs8V1Der<'_> = self.pair().as_der().expect("a PKCS#8 key");
        pem("PRIVATE KEY", der.as_ref())
    }

    /// The public key as SPKI, in PEM.
    #[must_use]
    pub fn public_key_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.pair().public_key().as_der().expect("an SPKI key");
        pem("PUBLIC KEY", der.as_ref())
    }
}

/// Any bytes as a PEM block with this label (RFC 7468).
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("text")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A DER element with this tag.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let length = match length {
        [0, short] if short < 0x80 => vec![short],
        [0, short] => vec![0x81, short],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag][..], &length, content].concat()
}

/// An RSA public key in SPKI (RFC 3279 §2.3.1) whose two integers have these bytes.
#[must_use]
pub fn spki(n: &[u8], e: &[u8]) -> Vec<u8> {
    const RSA: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let key = der(0x30, &[der(2, n), der(2, e)].concat());
    der(0x30, &[RSA, &der(3, &[&[0][..], &key].concat())].concat())
}
