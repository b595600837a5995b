//! App Check tokens: the attacks of docs/token-pitfalls.md, and tokens that meet or break one rule.

use super::*;
use crate::testing::TokenBuilder;

const NUMBER: &str = "1234567890";
const APP: &str = "1:1234567890:web:abc";

fn good() -> TokenBuilder {
    TestKeys::shared().app_check_token(PROJECT, NUMBER, APP, NOW)
}

fn verified(rules: &AppCheckRules, raw: &str) -> Result<AppCheckData, TokenError> {
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let inspected = inspect(rules, raw, NOW)?;
    let key = keys.get(inspected.kid()).ok_or(TokenError::KidUnknown)?;
    inspected.verify(key)
}

fn rules() -> AppCheckRules {
    AppCheckRules::new(PROJECT)
}

#[test]
fn yields_the_app_and_every_claim_of_a_good_token() {
    let raw = good().claim("app_id", "forged").claim("jti", "x").sign();
    let token = verified(&rules(), &raw).unwrap();
    assert_eq!(token.app_id(), APP);
    assert_eq!(token.claims()["app_id"], APP);
    assert_eq!(token.claims()["jti"], "x");
    assert_eq!(token.raw_token(), raw);
    assert!(!format!("{token:?}").contains(APP));
    assert!(verified(&rules().project_number(NUMBER), &raw).is_ok());
}

#[test]
fn refuses_tokens_that_were_not_issued_for_this_project() {
    let issuer = |rest: &str| format!("https://firebaseappcheck.googleapis.com/{rest}");
    let number = format!("projects/{NUMBER}");
    let project = format!("projects/{PROJECT}");
    let eight: Vec<String> =
        (0..6).map(|n| format!("projects/x{n}")).chain([number.clone(), project.clone()]).collect();
    let nine: Vec<String> = eight.iter().cloned().chain(["projects/y".to_owned()]).collect();
    assert!(verified(&rules(), &good().claim("aud", json!(eight)).sign()).is_ok());
    for (name, token, expected) in [
        ("row 43: an ID token", super::good(), TokenError::Aud),
        (
            "row 44: another project",
            TestKeys::shared().app_check_token("other", NUMBER, APP, NOW),
            TokenError::Aud,
        ),
        ("a string", good().claim("aud", project.as_str()), TokenError::Aud),
        ("empty", good().claim("aud", json!([])), TokenError::Aud),
        ("unprefixed", good().claim("aud", json!([NUMBER, PROJECT])), TokenError::Aud),
        ("half prefixed", good().claim("aud", json!([number, PROJECT])), TokenError::Aud),
        ("a number in the list", good().claim("aud", json!([5, project])), TokenError::Aud),
        ("nine audiences", good().claim("aud", json!(nine)), TokenError::Aud),
        ("missing", good().without("aud"), TokenError::Aud),
        ("row 67: issuer of another number", good().claim("iss", issuer("2")), TokenError::Iss),
        ("no number in aud", good().claim("aud", json!([project])), TokenError::Iss),
        ("no number in iss", good().claim("iss", issuer("")), TokenError::Iss),
        ("a path in iss", good().claim("iss", issuer("1234567890/x")), TokenError::Iss),
        (
            "another host",
            good().claim("iss", "https://firebaseappcheck.googleapis.com.evil/1234567890"),
            TokenError::Iss,
        ),
        ("a list of issuers", good().claim("iss", json!([issuer(NUMBER)])), TokenError::Iss),
        ("empty sub", good().claim("sub", ""), TokenError::Sub),
        ("no sub", good().without("sub"), TokenError::Sub),
        ("numeric sub", good().claim("sub", 5), TokenError::Sub),
        ("expired", good().claim("exp", NOW), TokenError::Exp),
        ("no exp", good().without("exp"), TokenError::Exp),
        ("no iat", good().without("iat"), TokenError::Iat),
        ("future", good().claim("iat", NOW + 301), TokenError::Iat),
        ("nbf", good().claim("nbf", NOW + 301), TokenError::Nbf),
        ("no kid", good().without_header("kid"), TokenError::KidMissing),
        ("unknown kid", good().header("kid", "other"), TokenError::KidUnknown),
        ("typ", good().header("typ", "x"), TokenError::Typ),
        ("crit", good().header("crit", json!([])), TokenError::Crit),
        ("alg", good().header("alg", "HS256"), TokenError::Alg),
        (
            "another key",
            TestKeys::fresh("test-key").app_check_token(PROJECT, NUMBER, APP, NOW),
            TokenError::Signature,
        ),
    ] {
        assert_eq!(verified(&rules(), &token.sign()).map(|_| ()), Err(expected), "{name}");
    }
    let configured = rules().project_number("2");
    assert_eq!(verified(&configured, &good().sign()).map(|_| ()), Err(TokenError::Iss));
    assert_eq!(verified(&rules(), &good().unsigned()).map(|_| ()), Err(TokenError::Alg));
}

#[test]
fn row_66_recognizes_the_placeholder_of_the_mobile_sdks() {
    let placeholder = "eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==";
    assert_eq!(verified(&rules(), placeholder).map(|_| ()), Err(TokenError::Placeholder));
    assert_eq!(verified(&rules(), "eyJ").map(|_| ()), Err(TokenError::Malformed));
}

#[test]
fn row_42_an_app_check_token_is_not_accepted_as_an_id_token() {
    assert_eq!(verify(&good().sign()).map(|_| ()), Err(TokenError::Aud));
}
