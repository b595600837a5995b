//! The world around a function: processes, the Runtime API, a key endpoint, events of AWS fronts.

pub(crate) mod event;
pub(crate) mod key_server;
pub(crate) mod plain_server;
pub(crate) mod process;
pub(crate) mod runtime_api;
pub(crate) mod secrets_manager;

use std::{
    future::Future,
    io::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use shared::testing::TestKeys;

pub(crate) const PROJECT: &str = "my-app";

/// Long enough for a loaded machine; whoever waits so long waits in vain.
const DEADLINE: Duration = Duration::from_secs(60);

/// Prints a line that a passing test shows, too: what the macros print is hidden then.
pub(crate) fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Awaits something that must happen.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen in {DEADLINE:?}"))
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A good ID token of this user, signed with the key that the key server serves.
pub(crate) fn token(uid: &str) -> String {
    TestKeys::shared().id_token(PROJECT, uid, now()).claim("email", "ada@example.com").sign()
}
