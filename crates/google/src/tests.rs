//! Google's services, played on this machine: what is asked, byte for byte, and every bad answer.

mod account_changes;
mod accounts;
mod app_check;
mod consumption;
mod custom_token;
mod federation;
mod fetching;
mod revocation;
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

/// Ends `asking` by its own time limit, once the service has been asked.
async fn times_out<T>(service: &MockServer, asking: impl Future<Output = T>) -> T {
    let mut asking = std::pin::pin!(asking);
    tokio::select! {
        _ = &mut asking => panic!("answered by nobody"),
        () = service.asked(1) => {}
    }
    tokio::time::pause(); // with nothing to run, the clock now jumps to the limit
    asking.await
}
