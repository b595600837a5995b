//! Any text as a token, and any change to a token that was signed.
//!
//! Holds: only the signed token itself yields a proof; nothing of an unverified token is in an error or in `Debug`;
//! jsonwebtoken reads the same header.

#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};
use serde_json::{Map, Value, json};
use shared::{
    testing::{NOW, TestKeys},
    token::{
        AppCheckRules, IdTokenRules, Inspected, KeySet, PublicKey, Rules, TokenError,
        UnverifiedClaims, UnverifiedJwt, Verified, inspect, inspect_for_known_key,
    },
};

const PROJECT: &str = "my-app";

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    /// As it is.
    Token(&'a str),
    /// Three parts, of which the first two are written in base64url.
    Parts { header: &'a str, payload: &'a str, signature: &'a [u8] },
    /// An ID token in which some bytes are replaced.
    Changed { at: u16, remove: u8, insert: &'a str },
    /// The claims of an ID token with these members more, or in place of those with the same names. Signed.
    Claims(&'a str),
}

/// Rules that refuse nothing, so that each token in the right form is inspected.
struct NoRules;

impl Rules for NoRules {
    type Proof = Map<String, Value>;

    fn check_kind(&self, token: &UnverifiedJwt<'_>) -> Result<(), TokenError> {
        assert!(token.header("alg").is_some_and(|alg| alg == "RS256"));
        assert!(token.header("crit").is_none());
        Ok(())
    }

    fn check_claims(&self, claims: &UnverifiedClaims, _: i64) -> Result<(), TokenError> {
        for name in ["exp", "iat", "sub"] {
            assert_eq!(claims.has(name), claims.get(name).is_some());
            assert!(claims.time(name).is_none_or(|time| time >= 0));
        }
        Ok(())
    }

    fn proof(&self, token: Verified<'_, Self>) -> Result<Self::Proof, TokenError> {
        Ok(token.into_claims())
    }
}

static KEYS: LazyLock<TestKeys> = LazyLock::new(TestKeys::shared);
static SET: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::from_jwks(KEYS.jwks().as_bytes()).expect("a key set"));
static SIGNED: LazyLock<String> = LazyLock::new(|| KEYS.id_token(PROJECT, "ada", NOW).sign());

fn key() -> &'static PublicKey {
    SET.get(KEYS.kid()).expect("the key of the set")
}

/// Nothing of the token can be read from what the rules leave of it, but its key id.
fn shows_nothing<R: Rules + std::fmt::Debug>(token: &Inspected<'_, R>, raw: &str) {
    let shown = format!("{token:?}");
    for part in raw.split('.').filter(|part| part.len() >= 8) {
        assert!(!shown.contains(part), "{shown}");
    }
}

fn has_the_header_that_jsonwebtoken_reads(raw: &str, kid: &str) {
    // It may refuse the header, since it also reads members that we ignore.
    let Ok(header) = jsonwebtoken::decode_header(raw) else { return };
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    assert!(header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")));
    assert_eq!(header.kid.as_deref().unwrap_or_default(), kid);
}

fn check(raw: &str) {
    let token = inspect(&NoRules, raw, NOW);
    let unnamed = inspect_for_known_key(&NoRules, raw, NOW);
    assert!(token.is_err() || unnamed.is_ok(), "a key id makes no difference to the other rules");
    if let Ok(token) = token {
        has_the_header_that_jsonwebtoken_reads(raw, token.kid());
        assert!(!token.kid().is_empty());
        let is_signed = raw == *SIGNED;
        assert_eq!(token.verify(key()).is_ok(), is_signed, "a forged token is accepted");
    }
    let id_token = IdTokenRules::new(PROJECT);
    if let Ok(token) = inspect(&id_token, raw, NOW) {
        shows_nothing(&token, raw);
        assert_eq!(token.verify(key()).is_ok(), raw == *SIGNED);
    }
    let app_check = AppCheckRules::new(PROJECT);
    if let Ok(token) = inspect(&app_check, raw, NOW) {
        shows_nothing(&token, raw);
        assert_eq!(token.verify(key()).err(), Some(TokenError::Signature));
    }
}

/// A token that the issuer signed, with any claims: a proof has them, and the times are those that the rules allow.
fn check_claims(members: &str) {
    let Ok(Value::Object(members)) = serde_json::from_str(&format!("{{{members}}}")) else {
        return;
    };
    let mut token = KEYS.id_token(PROJECT, "ada", NOW);
    for (name, value) in members {
        token = token.claim(&name, value);
    }
    let claims: Value = serde_json::from_str(&token.payload()).expect("JSON");
    let raw = token.sign();
    let rules = IdTokenRules::new(PROJECT);
    let proof = inspect(&rules, &raw, NOW).and_then(|token| token.verify(key()));
    let Ok(proof) = proof else { return };
    assert_eq!(claims["sub"], json!(proof.uid()));
    assert_eq!(claims["aud"], json!(PROJECT));
    assert!(claims["exp"].as_i64().is_some_and(|exp| exp > NOW), "{claims}");
    assert!(claims["iat"].as_i64().is_some_and(|iat| iat <= NOW + 300), "{claims}");
    assert!(!format!("{proof:?}").contains(proof.uid()), "{proof:?}");
}

fuzz_target!(|input: Input| {
    match input {
        Input::Token(raw) => check(raw),
        Input::Parts { header, payload, signature } => {
            let [header, payload, signature] = [header.as_bytes(), payload.as_bytes(), signature]
                .map(|it| URL_SAFE_NO_PAD.encode(it));
            check(&format!("{header}.{payload}.{signature}"));
        }
        Input::Changed { at, remove, insert } => {
            let mut raw = SIGNED.clone();
            let at = usize::from(at) % raw.len();
            let end = (at + usize::from(remove)).min(raw.len());
            raw.replace_range(at..end, insert);
            check(&raw);
        }
        Input::Claims(members) => check_claims(members),
    }
});
