//! What a token costs before its signature is checked: counted, and at most a small multiple of its length.

use std::sync::OnceLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::*;
use crate::{
    testing::{TokenBuilder, unsigned},
    token::work::spent_by,
};

/// Everything is looked at this often: parts, base64, JSON, values, and the claims that a rule reads.
const TIMES: usize = 4;
const ISSUER: &str = "https://clerk.example.com";
const PARTY: &str = "https://app.example.com";

/// A good token of each kind, and what is done with it before the signature fails.
fn kinds() -> Vec<(&'static str, TokenBuilder, fn(&str))> {
    fn forged() -> &'static PublicKey {
        static KEY: OnceLock<PublicKey> = OnceLock::new();
        let pem = || TestKeys::fresh("test-key").public_key_pem();
        KEY.get_or_init(|| PublicKey::from_pem(&pem()).unwrap())
    }
    let keys = TestKeys::shared();
    let session = keys.clerk_session(ISSUER, PARTY, "user_ada", NOW);
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
        ("Clerk, keys fetched", session.clone(), |raw| {
            if let Ok(token) = inspect(&ClerkRules::new(ISSUER, [PARTY]), raw, NOW) {
                assert!(token.verify(forged()).is_err());
            }
        }),
        ("Clerk, one key", session, |raw| {
            if let Ok(token) = inspect_for_known_key(&ClerkRules::new(ISSUER, [PARTY]), raw, NOW) {
                assert!(token.verify(forged()).is_err());
            }
        }),
        ("emulator", good(), |raw| {
            let _ = EmulatorIdTokenRules::new(rules()).verify(raw, NOW);
        }),
    ]
}

/// Claims of about this many bytes, each dear to whoever reads more of them than their length.
fn shapes(bytes: usize) -> Vec<(&'static str, Value)> {
    let list = |item: &str| {
        let items = vec![item; bytes / (item.len() + 1)].join(",");
        serde_json::from_str(&format!("[{items}]")).unwrap()
    };
    let text = |part: &str| json!(part.repeat(bytes / part.len()));
    let members: serde_json::Map<String, Value> =
        (0..bytes / 8).map(|n| (format!("{n:04}"), json!(0))).collect();
    vec![
        ("zeros", list("0")),
        ("empty objects", list("{}")),
        ("small objects", list(r#"{"":0}"#)),
        ("floats", list("0.10000000000000000555111512312578270211815834")),
        ("nested lists", list(&format!("{}{}", "[".repeat(100), "]".repeat(100)))),
        ("members", members.into()),
        ("digits", text("9")),
        ("names", text("o:a,")),
        ("masks", text("340282366920938463463374607431768211455,")),
        ("escapes", text("\u{7}")),
        ("dots", text(".")),
    ]
}

fn encode(header: &str, payload: &str, signature: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{signature}", part(header), part(payload))
}

#[test]
fn costs_at_most_four_looks_at_each_byte_before_the_signature() {
    let signature = "A".repeat(342);
    let claims = [
        "aud",
        "iss",
        "sub",
        "exp",
        "auth_time",
        "firebase",
        "azp",
        "sid",
        "o",
        "fea",
        "org_id",
        "x",
    ];
    let mut most = 0.0_f64;
    for (kind, token, run) in kinds() {
        for (shape, value) in shapes(9_000) {
            let in_claims = claims.iter().map(|claim| {
                let token = match *claim {
                    "o" => {
                        let o = json!({"id": "org_1", "rol": "a", "per": value, "fpm": value});
                        token.clone().claim("v", 2).claim("fea", "o:a,o:b").claim("o", o)
                    }
                    claim => token.clone().claim(claim, value.clone()),
                };
                (*claim, encode(&token.header_text(), &token.payload(), &signature))
            });
            let in_header = ["kid", "cat", "typ", "crit", "x"].into_iter().map(|member| {
                let token = token.clone().header(member, value.clone());
                (member, encode(&token.header_text(), &token.payload(), &signature))
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
    assert!(most > 2.0, "what is counted is what is done");
}

#[test]
fn costs_nothing_beyond_the_limit_and_no_more_for_a_long_signature() {
    for (_, token, run) in kinds() {
        let long = token.clone().claim("x", "y".repeat(20_000)).sign();
        assert_eq!(spent_by(|| run(&long)), 0, "too long");
        let (header, payload) = (token.header_text(), token.payload());
        let raw = encode(&header, &payload, &"A".repeat(1367));
        assert_eq!(spent_by(|| run(&raw)), raw.len(), "no key makes such a signature");
        assert_eq!(inspect(&rules(), &raw, NOW).map(|_| ()), Err(TokenError::Malformed));
    }
}

#[test]
fn a_header_that_is_ruled_out_leaves_the_payload_unread() {
    let payload = good().claim("x", "y".repeat(10_000)).payload();
    for header in
        [r#"{"alg":"HS256"}"#, r#"{"alg":"RS256","typ":"x"}"#, r#"{"alg":"RS256","crit":[]}"#]
    {
        let raw = encode(header, &payload, "AAAA");
        let spent = spent_by(|| assert!(inspect(&rules(), &raw, NOW).is_err()));
        assert!(spent < raw.len() + 200, "{spent} of {}", raw.len());
    }
}

#[test]
fn builds_at_most_2048_values_of_one_token() {
    let with = |items: usize| good().claim("x", vec![0; items]);
    let claims = 10; // those of a good token, the list itself, and the header's are few
    assert!(verify(&with(2048 - 2 * claims).sign()).is_ok());
    refused("too many values", &with(2048).sign(), TokenError::Malformed);
}
