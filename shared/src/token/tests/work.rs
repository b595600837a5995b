//! The work that a token causes before its signature is checked is at most a small multiple of its length.

use std::sync::OnceLock;

use super::*;
use crate::testing::{TokenBuilder, costly_values, spent_by, unsigned};

/// The greatest work per byte of a token: splitting, base64, JSON, and the claims that rules read.
const TIMES: usize = 4;

/// A valid token of each kind, and a function that runs all its checks with a key that did not sign it.
fn kinds() -> Vec<(&'static str, TokenBuilder, fn(&str))> {
    fn forged() -> &'static PublicKey {
        static KEY: OnceLock<PublicKey> = OnceLock::new();
        let pem = || TestKeys::fresh("test-key").public_key_pem();
        KEY.get_or_init(|| PublicKey::from_pem(&pem()).unwrap())
    }
    let keys = TestKeys::shared();
    vec![
        ("ID token", good(), |raw| {
            if let Ok(token) = inspect(&rules(), raw, NOW) {
                assert!(token.verify(forged()).is_err());
            }
        }),
        ("App Check", keys.app_check_token(PROJECT, "1", "1:1:web:1", NOW), |raw| {
            if let Ok(token) = inspect(&AppCheckRules::new(PROJECT), raw, NOW) {
                assert!(token.verify(forged()).is_err());
            }
        }),
        ("emulator", good(), |raw| {
            let _ = EmulatorIdTokenRules::new(rules()).verify(raw, NOW);
        }),
    ]
}

#[test]
fn reads_each_byte_at_most_four_times_before_the_signature_check() {
    let signature = "A".repeat(342);
    let claims = ["aud", "iss", "sub", "exp", "auth_time", "firebase", "x"];
    let mut most = 0.0_f64;
    for (kind, token, run) in kinds() {
        for (shape, value) in costly_values(9_000) {
            let in_claims = claims.iter().map(|claim| {
                let token = token.clone().claim(claim, value.clone());
                (*claim, token.with_signature(&signature))
            });
            let in_header = ["kid", "cat", "typ", "crit", "x"].into_iter().map(|member| {
                let token = token.clone().header(member, value.clone());
                (member, token.with_signature(&signature))
            });
            let emulated =
                unsigned(r#"{"alg":"none"}"#, &token.clone().claim("x", value.clone()).payload());
            for (place, raw) in in_claims.chain(in_header).chain([("unsigned", emulated)]) {
                let spent = spent_by(|| run(&raw));
                assert!(
                    spent <= TIMES * raw.len().min(16_384),
                    "{kind}, {shape} in {place}: {spent} for {} bytes",
                    raw.len()
                );
                most = most.max(spent as f64 / raw.len() as f64);
            }
        }
    }
    assert!(most > 2.0, "the counter counts the work");
}

#[test]
fn does_not_decode_tokens_or_signatures_that_are_too_long() {
    for (_, token, run) in kinds() {
        let long = token.clone().claim("x", "y".repeat(20_000)).sign();
        assert_eq!(spent_by(|| run(&long)), 0, "too long");
        let raw = token.with_signature(&"A".repeat(1367));
        assert_eq!(
            spent_by(|| run(&raw)),
            raw.len(),
            "longer than the signature of any key that is used"
        );
        assert_eq!(inspect(&rules(), &raw, NOW).map(|_| ()), Err(TokenError::Malformed));
    }
}

#[test]
fn does_not_decode_the_payload_of_a_token_whose_header_is_refused() {
    let payload = good().claim("x", "y".repeat(10_000)).payload();
    for header in
        [r#"{"alg":"HS256"}"#, r#"{"alg":"RS256","typ":"x"}"#, r#"{"alg":"RS256","crit":[]}"#]
    {
        let raw = unsigned(header, &payload) + "AAAA";
        let spent = spent_by(|| assert!(inspect(&rules(), &raw, NOW).is_err()));
        assert!(spent < raw.len() + 200, "{spent} of {}", raw.len());
    }
}

#[test]
fn builds_at_most_2048_values_of_one_token() {
    let with = |items: usize| good().claim("x", vec![0; items]);
    let claims = 10; // more than the values of a valid token's header and claims, and the list itself
    assert!(verify(&with(2048 - 2 * claims).sign()).is_ok());
    refused("too many values", &with(2048).sign(), TokenError::Malformed);
}
