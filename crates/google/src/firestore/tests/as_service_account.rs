//! The credentials of the service account, as the crate `firestore` asks for them, and when its client is made.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ::firestore::gcloud_sdk::google_cloud_auth::credentials::{
    CacheableResource, CredentialsProvider, EntityTag,
};
use http::{Extensions, HeaderMap};
use shared::net::{BoxFuture, SendError};

use super::{super::as_service_account::Bearer, *};
use crate::{AccessToken, AccessTokens, GoogleError};

/// Two requests get the same token, the next two another one; afterwards there is none.
#[derive(Default)]
struct Tokens(AtomicUsize);

impl AccessTokens for Tokens {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, GoogleError>> {
        let asked = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            match asked {
                0..4 => Ok(AccessToken::new(&format!("ya29.{}", asked / 2))),
                4 => Err(GoogleError::Status(503)),
                _ => Err(GoogleError::Status(403)),
            }
        })
    }
}

fn new(resource: CacheableResource<HeaderMap>) -> (EntityTag, HeaderMap) {
    match resource {
        CacheableResource::New { entity_tag, data } => (entity_tag, data),
        CacheableResource::NotModified => panic!("not modified"),
    }
}

#[tokio::test]
async fn a_token_is_handed_over_once_and_a_new_one_when_it_was_renewed() {
    let bearer = Bearer::new(Arc::new(Tokens::default()));
    let known = |tag: &EntityTag| {
        let mut extensions = Extensions::new();
        extensions.insert(tag.clone());
        extensions
    };
    let (tag, headers) = new(bearer.headers(Extensions::new()).await.unwrap());
    assert_eq!(headers["authorization"], "Bearer ya29.0");
    assert!(headers["authorization"].is_sensitive(), "Debug does not show it");
    assert!(!format!("{bearer:?}").contains("ya29"));
    let same = bearer.headers(known(&tag)).await.unwrap();
    assert!(matches!(same, CacheableResource::NotModified));
    let (renewed, headers) = new(bearer.headers(known(&tag)).await.unwrap());
    assert_eq!(headers["authorization"], "Bearer ya29.1");
    assert_ne!(renewed, tag);
    let same = bearer.headers(known(&renewed)).await.unwrap();
    assert!(matches!(same, CacheableResource::NotModified));
    assert!(bearer.headers(known(&renewed)).await.unwrap_err().is_transient(), "503");
    assert!(!bearer.headers(known(&renewed)).await.unwrap_err().is_transient(), "403");
}

#[tokio::test]
async fn nothing_is_connected_before_the_first_use_and_a_failure_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let url = shared::net::ServiceUrl::parse(&url).unwrap();
    let tokens = Arc::new(Tokens::default());
    let firestore = AsServiceAccount::new(PROJECT, Some(url), tokens.clone());
    assert_eq!(tokens.0.load(Ordering::SeqCst), 0);
    for _ in 0..2 {
        let outcome = firestore.db().await.map(drop);
        assert_eq!(outcome, Err(GoogleError::Send(SendError::Connect)));
    }
}

#[tokio::test]
async fn without_an_emulator_a_local_run_connects_to_nothing() {
    let firestore = AsServiceAccount::new(PROJECT, None, Arc::new(AccessToken::new("owner")));
    let error = firestore.db().await.map(drop).unwrap_err();
    assert!(error.to_string().contains("FIRESTORE_EMULATOR_HOST is not set"), "{error}");
}
