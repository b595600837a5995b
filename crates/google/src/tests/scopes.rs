//! Access tokens for other scopes: what Google is asked for, by a key and by an AWS role, and what is cached.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;
use crate::{
    credentials::Credentials,
    scopes::{CLOUD_PLATFORM, TokensByScope},
};

const DATASTORE: &str = "https://www.googleapis.com/auth/datastore";
const MESSAGING: &str = "https://www.googleapis.com/auth/firebase.messaging";

/// Answers every request with a token that says how many requests there have been.
async fn google() -> MockServer {
    let asked = AtomicUsize::new(0);
    MockServer::start(move |request| {
        let token = format!("ya29.{}", asked.fetch_add(1, Ordering::SeqCst));
        match request.uri().path().ends_with("generateAccessToken") {
            true => (200, json!({"accessToken": token, "expireTime": "2027-01-15T09:00:00Z"})),
            false => (200, json!({"access_token": token, "expires_in": 3600})),
        }
    })
    .await
}

fn key_of(google: &MockServer) -> Credentials {
    let document = TestKeys::shared().service_account(PROJECT, &google.url.to_string());
    federation::read(&document).unwrap()
}

fn role_of(google: &MockServer) -> Credentials {
    federation::read(&federation::configuration(&google.url.to_string())).unwrap()
}

async fn token_for(credentials: &Credentials, scopes: &[&str]) -> String {
    let tokens: &TokensByScope = &credentials.tokens.0;
    let scopes = Scopes::new(scopes.iter().copied());
    tokens.of(&scopes).access_token().await.unwrap().expose().to_owned()
}

/// The scopes that each request asks for.
fn scopes_asked(google: &MockServer) -> Vec<String> {
    let scopes = google.requests().into_iter().filter_map(|request| {
        if header(&request, "content-type") == "application/json" {
            let scopes = body(&request)["scope"].as_array().unwrap().clone();
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
            return Some(scopes.join(" "));
        }
        let form = std::str::from_utf8(request.body()).unwrap();
        let (_, assertion) = form.split_once("&assertion=")?;
        let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        Some(claims["scope"].as_str().unwrap().to_owned())
    });
    scopes.collect()
}

#[tokio::test]
async fn a_token_is_requested_once_for_each_set_of_scopes_in_any_order() {
    let both = format!("{DATASTORE} {MESSAGING}");
    for (name, credentials) in
        [("key", key_of as fn(&MockServer) -> Credentials), ("role", role_of)]
    {
        let google = google().await;
        let credentials = credentials(&google);
        let default = credentials.tokens.0.access_token().await.unwrap();
        let datastore = token_for(&credentials, &[DATASTORE]).await;
        let pair = token_for(&credentials, &[DATASTORE, MESSAGING]).await;
        assert_eq!(token_for(&credentials, &[DATASTORE]).await, datastore, "{name}");
        let reordered = [MESSAGING, DATASTORE, MESSAGING];
        assert_eq!(token_for(&credentials, &reordered).await, pair, "{name}");
        assert_eq!(token_for(&credentials, &[CLOUD_PLATFORM]).await, default.expose(), "{name}");
        let distinct = [default.expose(), &datastore, &pair];
        assert!(distinct.iter().all(|token| token.starts_with("ya29.")), "{distinct:?}");
        assert!(default.expose() != datastore && datastore != pair, "{distinct:?}");
        assert_eq!(scopes_asked(&google), [CLOUD_PLATFORM, DATASTORE, &both], "{name}");
    }
}

#[tokio::test]
async fn the_roles_own_token_keeps_its_scope_whatever_is_asked_of_the_account() {
    let google = google().await;
    let role = role_of(&google);
    token_for(&role, &[DATASTORE]).await;
    token_for(&role, &[MESSAGING]).await;
    let [exchange, first, second] = google.requests().try_into().unwrap();
    let form = std::str::from_utf8(exchange.body()).unwrap();
    assert!(form.contains("&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&"));
    let expected = json!({"scope": [DATASTORE], "lifetime": "3600s"});
    assert_eq!(body(&first), expected);
    assert_eq!(body(&second)["scope"], json!([MESSAGING]));
    assert_eq!(header(&second, "authorization"), "Bearer ya29.0", "one exchange serves both");
}

#[tokio::test]
async fn more_sets_of_scopes_than_a_program_has_do_not_fill_the_memory() {
    let google = google().await;
    let key = key_of(&google);
    let first = token_for(&key, &["0"]).await;
    for set in 1..16 {
        token_for(&key, &[&set.to_string()]).await;
    }
    assert_eq!(token_for(&key, &["0"]).await, first, "sixteen sets are kept");
    token_for(&key, &["16"]).await;
    assert_ne!(token_for(&key, &["0"]).await, first, "the oldest set was dropped");
    assert_eq!(google.requests().len(), 18);
}

#[tokio::test]
async fn without_a_service_account_each_request_says_which_variable_to_set() {
    let missing = shared::host::StartError::new("FIREBASE_SERVICE_ACCOUNT_SECRET", "is not set");
    let tokens = ScopedTokens::new(Err(missing), Scopes::default());
    let error = tokens.access_token().await.unwrap_err();
    assert_eq!(error.to_string(), "FIREBASE_SERVICE_ACCOUNT_SECRET is not set");
}
