//! Setting custom claims: what is sent to Identity Toolkit, and what is refused before.

use serde_json::{Map, Value};

use super::{account_changes::Toolkit, *};
use AccountChange::{Before, Disabled, Made, NoSuchUser};

/// The stored claims, as text.
fn stored(toolkit: &Toolkit) -> Value {
    toolkit.user()["customAttributes"].clone()
}

#[tokio::test]
async fn claims_are_replaced_as_a_whole() {
    let toolkit = Toolkit::with(Some(json!({"customAttributes": r#"{"trial":true}"#}))).await;
    let accounts = toolkit.accounts();
    assert_eq!(accounts.set_custom_claims("ada", &json!({"role": "editor"})).await, Ok(Made));
    assert_eq!(stored(&toolkit), r#"{"role":"editor"}"#);
    let [lookup, update] = toolkit.service.requests().try_into().unwrap();
    assert_eq!(lookup.uri(), "/v1/projects/test-project/accounts:lookup");
    assert_eq!(update.uri(), "/v1/projects/test-project/accounts:update");
    assert_eq!(header(&update, "authorization"), "Bearer ya29.access");
    let expected = r#"{"localId":"ada","customAttributes":"{\"role\":\"editor\"}"}"#;
    assert_eq!(update.body(), expected);

    #[derive(serde::Serialize)]
    struct Claims {
        level: u8,
    }
    assert_eq!(accounts.set_custom_claims("ada", &Claims { level: 3 }).await, Ok(Made));
    assert_eq!(stored(&toolkit), r#"{"level":3}"#);
    assert_eq!(accounts.set_custom_claims("ada", &json!({})).await, Ok(Made));
    assert_eq!(stored(&toolkit), "{}");
}

#[tokio::test]
async fn one_claim_is_changed_and_the_others_are_kept() {
    let before = r#"{"role":"viewer","big":9007199254740993,"banned_at":5999}"#;
    for disabled in [false, true] {
        let user = json!({"customAttributes": before, "disabled": disabled});
        let toolkit = Toolkit::with(Some(user)).await;
        let accounts = toolkit.accounts();
        let promote = |claims: &mut Map<String, Value>| {
            claims.insert("role".to_owned(), "editor".into());
        };
        assert_eq!(accounts.change_custom_claims("ada", promote).await, Ok(Made));
        let after = r#"{"role":"editor","big":9007199254740993,"banned_at":5999}"#;
        assert_eq!(stored(&toolkit), after);
        assert_eq!(accounts.change_custom_claims("ada", promote).await, Ok(Before));
        assert_eq!(toolkit.paths().len(), 3, "nothing is written if nothing changes");
        let claims = accounts.custom_claims("ada").await.unwrap().unwrap();
        assert_eq!(claims["big"], 9_007_199_254_740_993_i64);
    }
}

#[tokio::test]
async fn replacing_claims_never_loses_the_note_of_a_suspension() {
    let toolkit = Toolkit::with(Some(json!({}))).await;
    let accounts = toolkit.accounts();
    assert_eq!(accounts.suspend("ada", "banned_at", 5_000).await, Ok(Made));
    let roles = json!({"role": "editor"});
    assert_eq!(accounts.set_custom_claims("ada", &roles).await, Ok(Disabled));
    assert_eq!(stored(&toolkit), r#"{"banned_at":5000}"#);
    let add = |claims: &mut Map<String, Value>| drop(claims.insert("role".to_owned(), json!("x")));
    assert_eq!(accounts.change_custom_claims("ada", add).await, Ok(Made));
    assert_eq!(accounts.lift("ada", "banned_at", 6_000).await, Ok(Made));
    assert_eq!(toolkit.user()["disabled"], false);
    assert_eq!(stored(&toolkit), r#"{"role":"x"}"#);
}

#[tokio::test]
async fn a_user_without_an_account_is_a_value_and_nothing_is_written() {
    let toolkit = Toolkit::with(None).await;
    let accounts = toolkit.accounts();
    assert_eq!(accounts.custom_claims("ada").await, Ok(None));
    assert_eq!(accounts.set_custom_claims("ada", &json!({"a": 1})).await, Ok(NoSuchUser));
    assert_eq!(accounts.change_custom_claims("ada", |claims| claims.clear()).await, Ok(NoSuchUser));
    assert_eq!(toolkit.paths(), ["accounts:lookup"; 3]);
}

#[tokio::test]
async fn reserved_names_are_refused_before_any_request() {
    let toolkit = Toolkit::with(Some(json!({}))).await;
    let accounts = toolkit.accounts();
    let reserved =
        "acr amr at_hash aud auth_time azp cnf c_hash exp firebase iat iss jti nbf nonce sub";
    for name in reserved.split(' ') {
        let error = accounts.set_custom_claims("ada", &json!({ name: 1 })).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the claim {name} is reserved: Firebase sets it itself")
        );
    }
    let not_objects = [json!(null), json!([]), json!("role"), json!(1)];
    for claims in not_objects {
        let outcome = accounts.set_custom_claims("ada", &claims).await;
        assert_eq!(outcome, Err(CustomClaimsError::NotAnObject), "{claims}");
    }
    assert_eq!(toolkit.paths().len(), 0);
    let forge =
        |claims: &mut Map<String, Value>| drop(claims.insert("sub".to_owned(), json!("eve")));
    let outcome = accounts.change_custom_claims("ada", forge).await;
    assert_eq!(outcome, Err(CustomClaimsError::Reserved("sub")));
    assert_eq!(toolkit.paths(), ["accounts:lookup"]);
}

#[tokio::test]
async fn claims_have_at_most_a_thousand_characters_as_javascript_counts_them() {
    let toolkit = Toolkit::with(Some(json!({}))).await;
    let accounts = toolkit.accounts();
    // {"a":"…"} has eight characters around the text.
    for (text, expected) in [
        ("x".repeat(992), Ok(Made)),
        ("x".repeat(993), Err(CustomClaimsError::TooLong(1001))),
        ("ä".repeat(992), Ok(Made)),
        ("🦀".repeat(496), Ok(Made)),
        ("🦀".repeat(497), Err(CustomClaimsError::TooLong(1002))),
    ] {
        assert_eq!(accounts.set_custom_claims("ada", &json!({"a": text})).await, expected);
    }
}

#[tokio::test]
async fn stored_claims_that_are_not_an_object_are_not_overwritten_by_a_change() {
    for attributes in ["not JSON", "[]", "5"] {
        let toolkit = Toolkit::with(Some(json!({"customAttributes": attributes}))).await;
        let accounts = toolkit.accounts();
        let outcome = accounts.change_custom_claims("ada", |claims| claims.clear()).await;
        assert_eq!(outcome, Err(CustomClaimsError::Unreadable), "{attributes}");
        assert_eq!(accounts.custom_claims("ada").await, Err(CustomClaimsError::Unreadable));
        assert_eq!(stored(&toolkit), attributes);
        assert_eq!(accounts.set_custom_claims("ada", &json!({})).await, Ok(Made));
        assert_eq!(stored(&toolkit), "{}");
    }
}

#[tokio::test]
async fn what_google_refuses_is_an_error() {
    let google = MockServer::start(|request| match request.uri().path().rsplit(':').next() {
        Some("lookup") => (200, json!({"users": [{"localId": "ada"}]})),
        _ => (403, json!({"error": {"message": "PERMISSION_DENIED"}})),
    })
    .await;
    let accounts = Accounts::at(google.url.clone(), PROJECT, token());
    let outcome = accounts.set_custom_claims("ada", &json!({"a": 1})).await;
    assert_eq!(outcome, Err(GoogleError::Status(403).into()));
}
