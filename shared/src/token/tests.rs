//! Attacks on token verification, and values just inside and just outside every limit. Every token has a real
//! signature. The numbers in test names are the rows of docs/token-pitfalls.md.

mod app_check;
mod attacks;
mod emulator;
mod key_sets;
mod limits;
mod public_keys;
mod random;
mod work;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::testing::TestKeys;

const PROJECT: &str = "my-app";
const NOW: i64 = 1_800_000_000;

fn rules() -> IdTokenRules {
    IdTokenRules::new(PROJECT)
}

fn good() -> crate::testing::TokenBuilder {
    TestKeys::shared().id_token(PROJECT, "user-1", NOW)
}

/// All steps: inspection, lookup of the key by its id, signature check.
fn verify_with(rules: &IdTokenRules, raw: &str) -> Result<AuthData, TokenError> {
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let inspected = inspect(rules, raw, NOW)?;
    let key = keys.get(inspected.kid()).ok_or(TokenError::KidUnknown)?;
    inspected.verify(key)
}

fn verify(raw: &str) -> Result<AuthData, TokenError> {
    verify_with(&rules(), raw)
}

#[track_caller]
fn refused(name: &str, raw: &str, expected: TokenError) {
    assert_eq!(verify(raw).map(|_| "accepted"), Err(expected), "{name}");
}

#[test]
fn yields_the_user_and_every_claim_of_a_good_token() {
    let raw = good()
        .claim("email", "a@example.com")
        .claim("email_verified", true)
        .claim("name", "A")
        .claim("big", json!(9_007_199_254_740_993_i64))
        .claim("uid", "forged")
        .claim("firebase", json!({"sign_in_provider": "password", "tenant": "t1"}))
        .sign();
    let token = verify(&raw).unwrap();
    assert_eq!(token.uid(), "user-1");
    assert_eq!(token.claims()["uid"], "user-1", "the subject, not a claim with the name uid");
    assert_eq!(token.claims()["big"], json!(9_007_199_254_740_993_i64));
    assert_eq!(token.email(), Some("a@example.com"));
    assert!(token.email_verified());
    assert_eq!(token.name(), Some("A"));
    assert_eq!(token.picture(), None);
    assert_eq!(token.phone_number(), None);
    assert_eq!(token.sign_in_provider(), Some("password"));
    assert_eq!(token.tenant(), Some("t1"));
    assert_eq!(token.auth_time(), Some(NOW));
    assert_eq!(token.raw_token(), raw);
}

#[test]
fn debug_output_shows_no_data_of_a_token() {
    let raw = good().claim("email", "a@example.com").sign();
    let inspected = format!("{:?}", inspect(&rules(), &raw, NOW).unwrap());
    let verified = format!("{:?}", verify(&raw).unwrap());
    for printed in [inspected, verified] {
        assert!(!printed.contains("user-1") && !printed.contains("example"), "{printed}");
        assert!(!printed.contains(&raw[..7]), "{printed}");
    }
}

#[test]
fn gives_every_rule_its_own_reason_string() {
    // Written out, since users build alarms on these strings.
    let reasons = [
        "scheme",
        "too_long",
        "malformed",
        "alg",
        "typ",
        "crit",
        "kid_missing",
        "kid_invalid",
        "kid_unknown",
        "signature",
        "aud",
        "iss",
        "sub",
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "tenant",
        "azp",
        "sid",
        "sts",
        "act",
        "lifetime",
        "kind_mismatch",
        "placeholder",
    ];
    assert!(TokenError::ALL.iter().map(|error| error.reason()).eq(reasons));
}

#[test]
fn applies_the_tenant_policy() {
    let of = |tenant: Option<serde_json::Value>| {
        let mut firebase = json!({"sign_in_provider": "password"});
        if let Some(tenant) = tenant {
            firebase["tenant"] = tenant;
        }
        good().claim("firebase", firebase).sign()
    };
    let one_of = TenantPolicy::one_of(["t1"]);
    let cases = [
        (TenantPolicy::any(), of(None), true),
        (TenantPolicy::any(), of(Some(json!("t1"))), true),
        (TenantPolicy::no_tenant(), of(None), true),
        (TenantPolicy::no_tenant(), good().without("firebase").sign(), true),
        (TenantPolicy::no_tenant(), of(Some(json!("t1"))), false),
        (one_of.clone(), of(Some(json!("t1"))), true),
        (one_of.clone(), of(Some(json!("T1"))), false),
        (one_of.clone(), of(Some(json!("t2"))), false),
        (one_of.clone(), of(None), false),
        (one_of, good().without("firebase").sign(), false),
        (TenantPolicy::no_tenant(), good().claim("firebase", "blue").sign(), false),
        (TenantPolicy::no_tenant(), good().claim("firebase", json!([])).sign(), false),
        (TenantPolicy::any(), good().claim("firebase", json!(null)).sign(), false),
        (TenantPolicy::any(), of(Some(json!(5))), false),
        (TenantPolicy::no_tenant(), of(Some(json!(null))), false),
    ];
    for (policy, raw, accepted) in cases {
        let outcome = verify_with(&rules().tenants(policy.clone()), &raw).map(|_| ());
        let expected = if accepted { Ok(()) } else { Err(TokenError::Tenant) };
        assert_eq!(outcome, expected, "{policy:?}");
    }
}

#[test]
fn limits_skews_and_token_length() {
    let expired = |seconds: i64| good().claim("exp", NOW - seconds).sign();
    let lenient = rules().exp_skew(Duration::from_secs(60));
    assert!(verify_with(&lenient, &expired(59)).is_ok());
    assert_eq!(verify_with(&lenient, &expired(60)).err(), Some(TokenError::Exp));
    let too_lenient = rules().exp_skew(Duration::from_secs(3600));
    assert_eq!(verify_with(&too_lenient, &expired(60)).err(), Some(TokenError::Exp));

    let strict = rules().iat_skew(Duration::from_secs(5));
    assert!(verify_with(&strict, &good().claim("iat", NOW + 5).sign()).is_ok());
    assert_eq!(
        verify_with(&strict, &good().claim("iat", NOW + 6).sign()).err(),
        Some(TokenError::Iat)
    );

    let raw = good().sign();
    assert!(verify_with(&rules().max_token_bytes(raw.len()), &raw).is_ok());
    assert_eq!(
        verify_with(&rules().max_token_bytes(raw.len() - 1), &raw).err(),
        Some(TokenError::TooLong)
    );
    let long = good().claim("pad", "x".repeat(20_000)).sign();
    assert_eq!(
        verify_with(&rules().max_token_bytes(usize::MAX), &long).err(),
        Some(TokenError::TooLong),
        "the limit can only be lowered"
    );
}
