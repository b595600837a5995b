//! Custom tokens: reserved claims, and limits.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{CustomToken, CustomTokenError};

fn custom(claims: Value) -> Result<CustomToken, CustomTokenError> {
    let claims: Map<String, Value> = serde_json::from_value(claims).unwrap();
    CustomToken::new("user_ada").unwrap().claims(claims)
}

#[test]
fn refuses_claims_that_are_reserved_for_firebase() {
    for name in [
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "cnf",
        "c_hash",
        "exp",
        "firebase",
        "iat",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "sub",
        "uid",
        "user_id",
        "email",
        "email_verified",
        "phone_number",
        "provider_id",
        "tenant",
        "tenant_id",
    ] {
        let reserved = Err(CustomTokenError::Reserved(name.to_owned()));
        assert_eq!(custom(json!({ name: "x" })).map(|_| ()), reserved);
    }
    assert!(
        custom(json!({"Email": "x", "role": {"aud": 1}})).is_ok(),
        "names in another case, or not at the top level, are not reserved"
    );
}

#[test]
fn limits_the_user_id_the_claims_and_the_lifetime() {
    for (uid, fits) in
        [("", false), ("a", true), (&"é".repeat(128), true), (&"a".repeat(129), false)]
    {
        assert_eq!(CustomToken::new(uid).is_ok(), fits, "{uid}");
    }
    let text = |bytes: usize| custom(json!({"x": "a".repeat(bytes - 8)})).map(|_| ());
    assert_eq!(text(1000), Ok(()));
    assert_eq!(text(1001), Err(CustomTokenError::TooLarge));
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(custom(json!({"x": nested(7)})).map(|_| ()), Ok(()));
    assert_eq!(custom(json!({"x": nested(8)})).map(|_| ()), Err(CustomTokenError::TooDeep));
    let token = CustomToken::new("a").unwrap();
    assert_eq!(token.expires_in(), 60);
    assert_eq!(token.clone().lifetime(Duration::from_secs(60)).expires_in(), 60);
    assert_eq!(token.lifetime(Duration::from_secs(86_400)).expires_in(), 3600);
}

#[test]
fn a_printed_custom_token_shows_neither_its_user_nor_its_claims() {
    let shown = format!("{:?}", custom(json!({"role": "admin"})).unwrap());
    assert!(shown.starts_with("CustomToken"), "{shown}");
    for secret in ["ada", "role", "admin"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
