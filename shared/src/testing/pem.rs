//! Test keys as files: what Google Cloud and Clerk hand out.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    signature::KeyPair,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

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

    /// The private key as the JSON file of a service account in `project`, whose access tokens come
    /// from `token_uri`.
    #[must_use]
    pub fn service_account(&self, project: &str, token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": self.kid(),
            "private_key": self.private_key_pem(),
            "client_email": format!("callables@{project}.iam.gserviceaccount.com"),
            "token_uri": token_uri,
        })
    }
}

/// RFC 7468.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("text")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
