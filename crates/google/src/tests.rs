//! Google's services are replaced by a server on this machine. Every request is compared byte for byte, and every kind
//! of bad answer is tried.

mod account_changes;
mod accounts;
mod app_check;
mod consumption;
mod custom_claims;
mod custom_token;
mod federation;
mod fetching;
mod revocation;
mod scopes;
mod service_account_key;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use shared::{
    net::SendError,
    testing::{FixedClock, MockServer, NOW, PROJECT, Reply, TestKeys, nowhere},
};

use super::*;
use crate::access_token::{CachedTokens, Granted};
use crate::scopes::Scopes;
use crate::testing::GoogleTestKeys;

fn token() -> Arc<dyn AccessTokens> {
    Arc::new(AccessToken::new("ya29.access"))
}

/// The body of a request as JSON.
fn body(request: &http::Request<bytes::Bytes>) -> serde_json::Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn header<'r>(request: &'r http::Request<bytes::Bytes>, name: &str) -> &'r str {
    request.headers()[name].to_str().unwrap()
}

/// Awaits `asking`, which gets no answer, until its own time limit ends it. Time is paused once the service has
/// received the request.
pub(crate) async fn times_out<T>(service: &MockServer, asking: impl Future<Output = T>) -> T {
    let mut asking = std::pin::pin!(asking);
    tokio::select! {
        _ = &mut asking => panic!("ended before the time limit"),
        () = service.asked(1) => {}
    }
    tokio::time::pause(); // the tasks are idle, so the clock jumps to the limit
    asking.await
}

#[tokio::test]
async fn nothing_that_is_printed_shows_a_token_or_a_key() {
    let clock = || Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let document = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com/token");
    let key = ServiceAccountKey::from_json(&document.to_string()).unwrap();
    let Ok(access) = token().access_token().await else { panic!("a token returns itself") };
    let granted = Granted { token: access.clone(), lifetime: std::time::Duration::from_secs(60) };
    let shown = [
        format!("{access:?}"),
        format!("{granted:?}"),
        format!("{:?}", Accounts::new(PROJECT, token())),
        format!("{:?}", AppCheckService::new(PROJECT, token())),
        format!("{:?}", CachedTokens::new(key.grants()(Scopes::default()), clock())),
        format!("{:?}", CustomTokens::new(Arc::new(key.clone()), clock())),
        format!("{:?}", federation::read(&document).unwrap()),
        format!("{key:?}"),
    ];
    let private_key = document["private_key"].as_str().unwrap();
    for shown in shown {
        assert!(!shown.contains("ya29"), "{shown}");
        assert!(!private_key.lines().any(|line| shown.contains(line)), "{shown}");
        assert!(shown.len() < 600, "no RSA modulus: {shown}");
    }
}
