//! Keys in the package.

use std::{env, fs, path::PathBuf, process};

use super::*;
use crate::support::process::shipped;

/// A file of copies, which goes with the test.
struct Package(PathBuf);

impl Package {
    fn with(test: &str, copies: &[Value]) -> Self {
        let file = env::temp_dir().join(format!("baked-{test}-{}.json", process::id()));
        fs::write(&file, Value::from(copies.to_vec()).to_string()).unwrap();
        Self(file)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn start(api: &RuntimeApi, package: &Package, issuer: &str) -> Process {
    let variables = [
        ("FIREBASE_PROJECT_ID", PROJECT),
        ("FIREBASE_ID_TOKEN_KEYS_URL", issuer),
        ("FIREBASE_KEYS_BAKED", package.path()),
    ];
    api.function(shipped(), &variables)
}

#[tokio::test]
async fn the_first_call_does_not_wait_for_the_issuer_and_a_key_that_was_rotated_away_goes_when_it_answers()
 {
    let (old, new) = (TestKeys::shared(), TestKeys::fresh("new"));
    let issuer = KeyIssuer::silent().await;
    issuer.now_has(&[&new]);
    let package = Package::with("rotation", &[copy(&issuer.url, now() - HOUR, &[&old])]);
    let api = RuntimeApi::start().await;
    let function = start(&api, &package, &issuer.url);

    assert_eq!(outcome(&api, &function, &call(&old)).await, from("baked"));
    issuer.speak();
    assert_eq!(outcome(&api, &function, &call(&new)).await, from("issuer"));
    assert_eq!(outcome(&api, &function, &call(&old)).await.0, 401);
}

#[tokio::test]
async fn a_fetch_that_no_call_waits_for_ends_before_the_next_event_is_asked_for() {
    let keys = TestKeys::shared();
    let issuer = KeyIssuer::of(&[&keys]).await;
    let package = Package::with("settling", &[copy(&issuer.url, now() - HOUR, &[&keys])]);
    let api = RuntimeApi::start().await;
    let function = start(&api, &package, &issuer.url);
    api.answer(&call(&keys)).await;
    // The second event is taken after the fetch beside the first has ended: this process is never frozen within one.
    assert_eq!(outcome(&api, &function, &call(&keys)).await, from("issuer"));
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test]
async fn a_key_in_the_package_is_used_for_a_day_after_it_was_fetched() {
    let keys = TestKeys::shared();
    let source = crate::support::key_server::KeyServer::nowhere().await;
    let day = 24 * HOUR;
    for (age, expected) in [(day - 60, 200), (day, 503), (400 * day, 503), (-300, 503)] {
        let package = Package::with("age", &[copy(&source, now() - age, &[&keys])]);
        let api = RuntimeApi::start().await;
        let function = start(&api, &package, &source);
        assert_eq!(outcome(&api, &function, &call(&keys)).await.0, expected, "{age} s old");
    }
}

#[tokio::test]
async fn a_package_opens_no_door_to_keys_of_another_issuer() {
    let (good, planted) = (TestKeys::shared(), TestKeys::fresh(TestKeys::shared().kid()));
    let issuer = KeyIssuer::of(&[&good]).await;
    let other = copy("https://keys.example.com/jwks", now(), &[&planted]);
    let future = copy(&issuer.url, now() + HOUR, &[&planted]);
    let package = Package::with("planted", &[other, future]);
    let api = RuntimeApi::start().await;
    let function = start(&api, &package, &issuer.url);
    assert_eq!(outcome(&api, &function, &call(&planted)).await.0, 401);
    assert_eq!(outcome(&api, &function, &call(&good)).await, from("issuer"));
}

#[tokio::test]
async fn a_forged_token_is_refused_with_a_key_of_the_package_as_with_any() {
    let keys = TestKeys::shared();
    let forger = TestKeys::fresh(keys.kid());
    let issuer = KeyIssuer::silent().await;
    let package = Package::with("forged", &[copy(&issuer.url, now() - HOUR, &[&keys])]);
    let api = RuntimeApi::start().await;
    let function = start(&api, &package, &issuer.url);
    assert_eq!(outcome(&api, &function, &call(&forger)).await.0, 401);
    // An issuer that does not answer cannot say that there is no such key.
    assert_eq!(outcome(&api, &function, &call(&TestKeys::fresh("new"))).await.0, 503);
    assert_eq!(outcome(&api, &function, &call(&keys)).await, from("baked"));
}

#[tokio::test]
async fn a_file_that_is_no_list_of_copies_fails_the_start_with_one_sentence() {
    let package = Package::with("wrong", &[json!({ "keys": [] })]);
    let api = RuntimeApi::start().await;
    let mut function = start(&api, &package, "http://127.0.0.1:9/");
    assert_eq!(function.end().await.code(), Some(1));
    function.line_with("FIREBASE_KEYS_BAKED cannot be used: ").await;
    assert_eq!((api.init_errors().len(), api.polls()), (1, 0));
}
