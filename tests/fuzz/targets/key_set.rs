//! Any bytes as a key set of an issuer, as a copy of one, and as a PEM file.
//!
//! Holds: a set has at most 32 keys, each in the document under its id; a copy's keys are those of its document.

#![no_main]

use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use libfuzzer_sys::fuzz_target;
use shared::{
    keys::{CacheSettings, Fetched, KeyCopy, google_id_token_keys},
    token::{KeySet, PublicKey, is_one_der_sequence, single_pem_block},
};

const NOW: i64 = 1_800_000_000;

fn check_set(document: &[u8]) {
    let ours = KeySet::from_jwks(document);
    let settings = CacheSettings::id_tokens(google_id_token_keys());
    let fetched = Fetched { body: document.to_vec().into(), lifetime: None };
    let copy = KeyCopy::of(&settings, &fetched, NOW);
    assert_eq!(copy.is_ok(), ours.is_ok(), "a usable set can be copied");
    let Ok(ours) = ours else { return };
    let copy = KeySet::from_jwks(copy.expect("a copy").document()).expect("a copy is a set");
    let Ok(JwkSet { keys }) = serde_json::from_slice(document) else { return };
    for jwk in keys {
        let Some(kid) = jwk.common.key_id else { continue };
        assert_eq!(ours.get(&kid).is_some(), copy.get(&kid).is_some());
        let is_rsa = matches!(jwk.algorithm, AlgorithmParameters::RSA(_));
        let others = keys_with_id(document, &kid);
        assert!(is_rsa || others > 1 || ours.get(&kid).is_none(), "{kid}");
    }
}

fn keys_with_id(document: &[u8], kid: &str) -> usize {
    let set: serde_json::Value = serde_json::from_slice(document).unwrap_or_default();
    let keys = set["keys"].as_array();
    keys.map_or(0, |keys| keys.iter().filter(|key| key["kid"] == kid).count())
}

fuzz_target!(|input: &[u8]| {
    check_set(input);
    if let Ok(copy) = KeyCopy::parse(input.to_vec().into()) {
        assert_eq!(copy.document(), input);
        let _ = copy.age(NOW);
    }
    let _ = is_one_der_sequence(input);
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = PublicKey::from_pem(text);
        if let Some((label, der)) = single_pem_block(text) {
            assert!(label.len() + der.len() <= text.len());
        }
    }
    if let Some((length, numbers)) = input.split_first() {
        let (n, e) = numbers.split_at(usize::from(*length).min(numbers.len()));
        let _ = PublicKey::from_modulus_and_exponent(n, e);
    }
});
