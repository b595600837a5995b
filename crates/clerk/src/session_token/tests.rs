//! The attacks on Clerk tokens in docs/token-pitfalls.md, both versions of the organization's claims, and the cost of a
//! token before its signature is checked. Numbers in names are rows of that document.

use std::sync::OnceLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use shared::{
    testing::{NOW, PROJECT, TestKeys, TokenBuilder, costly_values, spent_by},
    token::{IdTokenRules, Inspected, KeySet, PublicKey, inspect, inspect_for_known_key},
};

use super::*;
use crate::testing::ClerkTestKeys;

const ISSUER: &str = "https://clerk.example.com";
const PARTY: &str = "https://app.example.com";

fn good() -> TokenBuilder {
    TestKeys::shared().clerk_session(ISSUER, PARTY, "user_ada", NOW)
}

fn check_at(token: &str, now: i64) -> Result<ClerkSession, TokenError> {
    let rules = ClerkRules::new(ISSUER, [PARTY, "https://admin.example.com"]);
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let inspected = inspect(&rules, token, now)?;
    let key = keys.get(inspected.kid()).ok_or(TokenError::KidUnknown)?;
    inspected.verify(key)
}

fn check(token: &TokenBuilder) -> Result<ClerkSession, TokenError> {
    check_at(&token.sign(), NOW)
}

#[test]
fn yields_user_and_session_of_a_good_token() {
    let session = check(&good()).unwrap();
    assert_eq!((session.user_id(), session.session_id()), ("user_ada", "sess_1"));
    assert_eq!(session.organization(), Ok(None));
    let shown =
        "ClerkSession { user_id: [redacted], session_id: [redacted], organization: [redacted] }";
    assert_eq!(format!("{session:?}"), shown);
    for token in [
        good().without_header("cat"),
        good().header("cat", "cl_I7d4PD111III"),
        good().without_header("typ"),
        good().header("unknown", json!({"x": 1})),
        good().without("sts"),
        good().without("nbf"),
        good().claim("azp", "https://admin.example.com"),
        good().claim("aud", "anything"),
        good().claim("exp", NOW + 600),
        good().claim("v", 2).claim("jti", "x").claim("pla", "u:free").claim("fea", "u:a"),
    ] {
        assert!(check(&token).is_ok(), "{} {}", token.header_text(), token.payload());
    }
}

#[test]
fn rows_50_to_54_tokens_that_are_not_sessions_of_this_app_are_refused() {
    let firebase = TestKeys::shared().id_token(PROJECT, "ada", NOW);
    let cases: Vec<(&str, TokenBuilder, TokenError)> = vec![
        ("50: a Firebase ID token", firebase, TokenError::Iss),
        (
            "51: a template's token",
            good().header("cat", "cl_B7d4PD222AAA"),
            TokenError::KindMismatch,
        ),
        (
            "51: a template's, by its claims",
            good().without_header("cat").without("sid"),
            TokenError::Sid,
        ),
        (
            "51: a machine's token",
            good().header("cat", "cl_B7d4PD333AAA"),
            TokenError::KindMismatch,
        ),
        ("51: a machine's, by its subject", good().claim("sub", "mch_1"), TokenError::Sub),
        ("51: an OAuth token", good().header("typ", "at+jwt"), TokenError::Typ),
        (
            "51: an OAuth token, with the longer typ",
            good().header("typ", "application/at+jwt"),
            TokenError::Typ,
        ),
        ("an unknown category", good().header("cat", "cl_B7d4PD444AAA"), TokenError::KindMismatch),
        (
            "a category that is not a string",
            good().header("cat", json!(["cl_B7d4PD111AAA"])),
            TokenError::KindMismatch,
        ),
        (
            "52: another instance",
            good().claim("iss", "https://clerk.other.example"),
            TokenError::Iss,
        ),
        ("52: with a slash", good().claim("iss", "https://clerk.example.com/"), TokenError::Iss),
        ("52: a list", good().claim("iss", json!([ISSUER])), TokenError::Iss),
        ("52: no issuer", good().without("iss"), TokenError::Iss),
        ("53: no azp", good().without("azp"), TokenError::Azp),
        ("53: an empty azp", good().claim("azp", ""), TokenError::Azp),
        ("53: a foreign azp", good().claim("azp", "https://evil.example"), TokenError::Azp),
        ("53: a list", good().claim("azp", json!([PARTY])), TokenError::Azp),
        ("53: with a slash", good().claim("azp", "https://app.example.com/"), TokenError::Azp),
        ("54: pending", good().claim("sts", "pending"), TokenError::Sts),
        ("54: an unknown status", good().claim("sts", "revoked"), TokenError::Sts),
        ("54: a status that is not a string", good().claim("sts", json!(null)), TokenError::Sts),
        (
            "54: another user acts for this one",
            good().claim("act", json!({"sub": "user_eve"})),
            TokenError::Act,
        ),
        ("54: act is null", good().claim("act", json!(null)), TokenError::Act),
        ("no user", good().without("sub"), TokenError::Sub),
        ("a user id with a slash", good().claim("sub", "user_a/b"), TokenError::Sub),
        ("a user without an id", good().claim("sub", "user_"), TokenError::Sub),
        ("a long id", good().claim("sub", format!("user_{}", "a".repeat(121))), TokenError::Sub),
        ("a session id with an escape", good().claim("sid", "sess_%2F"), TokenError::Sid),
        ("lives too long", good().claim("exp", NOW + 601), TokenError::Lifetime),
        ("crit", good().header("crit", json!(["b64"])), TokenError::Crit),
        ("RS384", good().header("alg", "RS384"), TokenError::Alg),
        ("HS256", good().header("alg", "HS256"), TokenError::Alg),
        ("none", good().header("alg", "none"), TokenError::Alg),
        ("no kid", good().without_header("kid"), TokenError::KidMissing),
        ("another kid", good().header("kid", "ins_other"), TokenError::KidUnknown),
    ];
    for (name, token, expected) in cases {
        assert_eq!(check(&token).map(|_| ()), Err(expected), "{name}");
    }
    let forged = TestKeys::fresh("test-key").clerk_session(ISSUER, PARTY, "user_ada", NOW);
    assert_eq!(check(&forged).map(|_| ()), Err(TokenError::Signature));
    let raw = good().sign();
    assert_eq!(check_at(&format!("{raw}="), NOW).map(|_| ()), Err(TokenError::Malformed));
    assert_eq!(check_at(&good().unsigned(), NOW).map(|_| ()), Err(TokenError::Alg));
    assert_eq!(check_at(&"x".repeat(16_385), NOW).map(|_| ()), Err(TokenError::TooLong));
}

#[test]
fn clocks_may_differ_by_five_seconds() {
    for (claim, offset, expected) in [
        ("exp", -4, Ok(())),
        ("exp", -5, Err(TokenError::Exp)),
        ("iat", 5, Ok(())),
        ("iat", 6, Err(TokenError::Iat)),
        ("nbf", 5, Ok(())),
        ("nbf", 6, Err(TokenError::Nbf)),
    ] {
        let token = good().claim(claim, NOW + offset);
        assert_eq!(check(&token).map(|_| ()), expected, "{claim} {offset}");
    }
    for claim in ["exp", "iat"] {
        assert!(check(&good().without(claim)).is_err(), "{claim} is required");
    }
    for (claim, odd) in
        [("exp", json!("1")), ("exp", json!(1e18)), ("iat", json!(true)), ("nbf", json!("0"))]
    {
        assert!(check(&good().claim(claim, odd)).is_err(), "{claim}");
    }
}

#[test]
fn with_a_configured_key_the_kid_is_not_compared_and_no_other_key_verifies() {
    let rules = ClerkRules::new(ISSUER, [PARTY]);
    let key = PublicKey::from_pem(&TestKeys::shared().public_key_pem()).unwrap();
    let check = |token: &TokenBuilder| {
        let raw = token.sign();
        inspect_for_known_key(&rules, &raw, NOW)?
            .verify(&key)
            .map(|session| session.user_id().to_owned())
    };
    for token in [good(), good().without_header("kid"), good().header("kid", "ins_rotated")] {
        assert_eq!(check(&token).as_deref(), Ok("user_ada"));
    }
    let foreign = TestKeys::fresh("test-key").clerk_session(ISSUER, PARTY, "user_ada", NOW);
    assert_eq!(check(&foreign), Err(TokenError::Signature));
    assert_eq!(check(&good().claim("iss", "https://clerk.other.example")), Err(TokenError::Iss));
}

#[test]
fn reads_the_organization_in_both_versions() {
    let organization = |token: TokenBuilder| check(&token).unwrap().organization().unwrap();
    let expected = |permissions: &[&str]| {
        Some(ClerkOrganization {
            id: "org_1".to_owned(),
            slug: Some("acme".to_owned()),
            role: Some("org:admin".to_owned()),
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
        })
    };
    let v1 = good()
        .claim("org_id", "org_1")
        .claim("org_slug", "acme")
        .claim("org_role", "org:admin")
        .claim("org_permissions", json!(["org:docs:read"]));
    assert_eq!(organization(v1), expected(&["org:docs:read"]));

    let v2 = |fea: &str, per: &str, fpm: &str| {
        let o = json!({"id": "org_1", "slg": "acme", "rol": "admin", "per": per, "fpm": fpm});
        good().claim("v", 2).claim("fea", fea).claim("o", o)
    };
    assert_eq!(
        organization(v2("o:billing,o:docs", "manage,read", "3,2")),
        expected(&["org:billing:manage", "org:billing:read", "org:docs:read"])
    );
    assert_eq!(
        organization(v2("u:personal,o:billing,uo:docs", "manage,read", "1,2")),
        expected(&["org:billing:manage", "org:docs:read"]),
        "masks count the organization's features only"
    );
    let many: Vec<String> = (0..=64).map(|index| format!("p{index}")).collect();
    assert_eq!(
        organization(v2("o:billing", &many.join(","), "18446744073709551617")),
        expected(&["org:billing:p0", "org:billing:p64"]),
        "2^64 + 1"
    );
    assert_eq!(organization(v2("o:billing", "manage", "0")), expected(&[]));
    assert_eq!(organization(v2("", "", "")), expected(&[]));
    let bare = good().claim("v", 2).claim("o", json!({"id": "org_1"}));
    assert_eq!(organization(bare).unwrap().role, None);
    assert_eq!(organization(good().claim("v", 2).claim("org_id", "org_1")), None, "v1 in v2");

    let edge = u128::MAX.to_string();
    let wide: Vec<String> = (0..130).map(|index| format!("p{index}")).collect();
    let granted = organization(v2("o:billing", &wide.join(","), &edge)).unwrap().permissions;
    assert_eq!((granted.len(), granted[127].as_str()), (128, "org:billing:p127"));
    assert_eq!(organization(v2("o:a", "b", "0001")), expected(&["org:a:b"]));

    let stranger = TestKeys::fresh("test-key");
    let grants = format!("{edge},").repeat(8);
    for odd in [
        good().claim("v", 2).claim("o", "org_1"),
        good().claim("v", 2).claim("o", json!({"slg": "acme"})),
        good().claim("v", 2).claim("o", json!({"id": "org_1", "rol": ["admin"]})),
        v2("o:billing", "manage", "1e3"),
        v2("o:billing", "manage", "-1"),
        v2("o:billing", "manage", "+1"),
        v2("o:billing", "manage", "340282366920938463463374607431768211456"),
        v2("o:billing", "manage", &"9".repeat(1000)),
        v2("o:a,o:b,o:c,o:d,o:e,o:f,o:g,o:h", &wide.join(","), &grants),
        good().claim("org_id", 5),
        good().claim("org_id", "org_1").claim("org_permissions", "all"),
    ] {
        let session = check(&odd).unwrap();
        assert_eq!(session.organization(), Err(TokenError::Malformed), "{}", odd.payload());
        let forged = stranger.sign(&odd.header_text(), &odd.payload());
        assert_eq!(check_at(&forged, NOW).map(|_| ()), Err(TokenError::Signature));
    }
}

#[test]
fn row_49_a_session_is_not_an_id_token() {
    let outcome = inspect(&IdTokenRules::new(PROJECT), &good().sign(), NOW).map(|_| ());
    assert_eq!(outcome, Err(TokenError::Aud));
}

#[test]
fn a_key_with_leading_zeros_verifies_sessions() {
    let mut jwk = TestKeys::shared().jwk();
    for name in ["n", "e"] {
        let number = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        jwk[name] = json!(URL_SAFE_NO_PAD.encode([&[0, 0][..], &number].concat()));
    }
    let keys = KeySet::from_jwks(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
    let raw = good().sign();
    let rules = ClerkRules::new(ISSUER, [PARTY]);
    let inspected = inspect(&rules, &raw, NOW).unwrap();
    assert!(inspected.verify(keys.get("test-key").unwrap()).is_ok());
}

/// How many bytes are read until a token with a wrong signature is refused, with fetched keys and with one configured
/// key. A byte that is read twice counts twice.
fn spent_on(raw: &str) -> [usize; 2] {
    static FORGED: OnceLock<PublicKey> = OnceLock::new();
    let forged = FORGED.get_or_init(|| {
        let pem = TestKeys::fresh("test-key").public_key_pem();
        PublicKey::from_pem(&pem).unwrap()
    });
    let rules = ClerkRules::new(ISSUER, [PARTY]);
    let refuse = |token: Result<Inspected<'_, ClerkRules>, TokenError>| {
        if let Ok(token) = token {
            assert!(token.verify(forged).is_err());
        }
    };
    [
        spent_by(|| refuse(inspect(&rules, raw, NOW))),
        spent_by(|| refuse(inspect_for_known_key(&rules, raw, NOW))),
    ]
}

#[test]
fn reads_each_byte_at_most_four_times_before_the_signature_is_checked() {
    let signature = "A".repeat(342);
    let claims =
        ["aud", "iss", "sub", "exp", "auth_time", "firebase", "azp", "sid", "fea", "org_id", "x"];
    let mut most = 0.0_f64;
    for (shape, value) in costly_values(9_000) {
        let in_claims = claims.map(|claim| (claim, good().claim(claim, value.clone())));
        let in_header = ["kid", "cat", "typ", "crit", "x"]
            .map(|member| (member, good().header(member, value.clone())));
        let o = json!({"id": "org_1", "rol": "a", "per": value, "fpm": value});
        let in_organization = good().claim("v", 2).claim("fea", "o:a,o:b").claim("o", o);
        let all = in_claims.into_iter().chain(in_header).chain([("o", in_organization)]);
        for (place, token) in all {
            let raw = token.with_signature(&signature);
            for spent in spent_on(&raw) {
                let bytes = raw.len();
                assert!(spent <= 4 * bytes.min(16_384), "{shape} in {place}: {spent} for {bytes}");
                most = most.max(spent as f64 / bytes as f64);
            }
        }
    }
    assert!(
        most > 2.0,
        "each byte of the most expensive token is read more than twice, so the count works"
    );
}

#[test]
fn a_token_beyond_the_limit_costs_nothing_and_a_long_signature_is_only_counted_once() {
    assert_eq!(spent_on(&good().claim("x", "y".repeat(20_000)).sign()), [0, 0], "too long");
    let raw = good().with_signature(&"A".repeat(1367));
    assert_eq!(spent_on(&raw), [raw.len(); 2], "longer than the signature of any accepted key");
}
