//! The order of the checks: those that need no key come first, and the first rule that is not met is reported.

use super::*;

#[test]
fn makes_cheap_checks_before_expensive_ones() {
    let stranger = TestKeys::fresh("unknown-key");
    let wrong = stranger
        .id_token("other-app", "", NOW - 10_000)
        .header("typ", "x")
        .header("crit", json!([]))
        .header("kid", "??");
    let ladder: Vec<(TokenError, crate::testing::TokenBuilder)> = vec![
        (TokenError::Alg, wrong.clone().header("alg", "HS256")),
        (TokenError::Typ, wrong.clone()),
        (TokenError::Crit, wrong.clone().without_header("typ")),
        (TokenError::KidInvalid, wrong.clone().without_header("typ").without_header("crit")),
    ];
    for (expected, token) in ladder {
        refused(expected.reason(), &token.sign(), expected);
    }
    let claims = wrong.without_header("typ").without_header("crit").header("kid", "unknown-key");
    refused("aud first", &claims.sign(), TokenError::Aud);
    let claims = claims.claim("aud", PROJECT);
    refused("then iss", &claims.sign(), TokenError::Iss);
    let claims = claims.claim("iss", format!("https://securetoken.google.com/{PROJECT}"));
    refused("then sub", &claims.sign(), TokenError::Sub);
    let claims = claims.claim("sub", "u").claim("iat", NOW + 999);
    refused("then exp", &claims.sign(), TokenError::Exp);
    let claims = claims.claim("exp", NOW + 5).claim("nbf", NOW + 999).claim("auth_time", NOW + 999);
    refused("then iat", &claims.sign(), TokenError::Iat);
    let claims = claims.claim("iat", NOW);
    refused("then nbf", &claims.sign(), TokenError::Nbf);
    let claims = claims.claim("nbf", NOW);
    refused("then auth_time", &claims.sign(), TokenError::AuthTime);
    let claims = claims.claim("auth_time", NOW).claim("firebase", json!({"tenant": 5}));
    refused("then tenant", &claims.sign(), TokenError::Tenant);
    let claims = claims.claim("firebase", json!({}));
    refused("then the key", &claims.sign(), TokenError::KidUnknown);
    refused("then the signature", &claims.header("kid", "test-key").sign(), TokenError::Signature);
}

#[test]
fn accepts_any_clock_value_without_overflow() {
    let raw = good().sign();
    for now in [i64::MIN, -1, 0, i64::MAX] {
        let _ = inspect(&rules().iat_skew(Duration::MAX), &raw, now);
    }
    assert_eq!(inspect(&rules(), &raw, i64::MAX).map(|_| ()), Err(TokenError::Exp));
    assert_eq!(inspect(&rules(), &raw, i64::MIN).map(|_| ()), Err(TokenError::Iat));
}
