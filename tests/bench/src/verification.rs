//! The time of one RSA-2048 verification on this machine, with a key that is already parsed. Its spread is also a measure
//! of the machine's noise, because only the processor takes part.

use std::time::Instant;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use shared::testing::{PROJECT, TestKeys};

use crate::{Figures, stats::Sample, targets::OURS};

/// The name in the tables.
pub(crate) const NAME: &str = "one RSA-2048 verification µs";

/// Adds the median of this round to `figures`.
pub(crate) fn measure(figures: &mut Figures) {
    let keys = TestKeys::shared();
    let pem: String = keys.public_key_pem().lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(pem).unwrap();
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).unwrap();
    let token = keys.id_token(PROJECT, "ada", 0).sign();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut took = Sample::default();
    for _ in 0..2_000 {
        let start = Instant::now();
        key.verify_sig(signed.as_bytes(), &signature).unwrap();
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    figures.entry((NAME.to_owned(), OURS)).or_default().push(took.median());
}
