//! Who the caller is: every form of the Authorization and App Check headers, and headers that must not identify anybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::*;
use crate::{
    callable::{Authenticator, IdTokenVerifier},
    clock::Clock,
    keys::{
        CacheSettings, Fetch, FetchError, Fetched, KeyCache, Keys, Verifier, google_id_token_keys,
    },
    net::{BoxFuture, SendError, ServiceUrl},
    testing::{FixedClock, NOW, PROJECT, TestKeys},
    token::{AppCheckRules, EmulatorIdTokenRules, IdTokenRules},
};

fn token() -> String {
    TestKeys::shared().id_token(PROJECT, "ada", NOW).sign()
}

#[tokio::test]
async fn reads_the_authorization_header_as_the_reference_does() {
    let token = token();
    let signed_in = Some("ada");
    let cases: Vec<(Vec<String>, Result<Option<&str>, ()>)> = vec![
        (vec![], Ok(None)),
        (vec![String::new()], Ok(None)),
        (vec![format!("Bearer {token}")], Ok(signed_in)),
        (vec![format!("bearer {token}")], Ok(signed_in)),
        (vec![format!("BEARER {token}")], Ok(signed_in)),
        (vec!["Bearer".to_owned()], Err(())),
        (vec!["Bearer ".to_owned()], Err(())),
        (vec!["Basic dXNlcjpwdw==".to_owned()], Err(())),
        (vec![token.clone()], Err(())),
        (vec![format!("Bearer\t{token}")], Err(())),
        (vec![format!("Bearer  {token}")], Err(())),
        (vec![format!("Bearer:{token}")], Err(())),
        (vec![format!("Bearer{token}")], Err(())),
        (vec![format!("Beaver {token}")], Err(())),
        (vec![format!(" Bearer {token}")], Err(())),
        (vec![format!("Bearer {token} ")], Err(())),
        (vec![format!("Bearer {token}, Bearer {token}")], Err(())),
        (vec![format!("Bearer {token}"), format!("Bearer {token}")], Err(())),
        (vec![String::new(), format!("Bearer {token}")], Err(())),
        (vec!["Béarer x".to_owned()], Err(())),
    ];
    for (values, expected) in cases {
        let call =
            values.iter().fold(Call::with(1), |call, value| call.header("authorization", value));
        let answer = call.to(who()).await;
        match expected {
            Ok(uid) => assert_eq!(answer.result()["uid"], json!(uid), "{values:?}"),
            Err(()) => {
                assert_eq!(answer.text(), UNAUTH, "{values:?}");
                assert_eq!(answer.status, 401);
            }
        }
    }
}

#[tokio::test]
async fn ignores_the_debug_headers_of_the_reference() {
    let answer = Call::with(1)
        .header("x-callable-context-auth", "%7B%22uid%22%3A%22admin%22%7D")
        .header("x-original-auth", &format!("Bearer {}", token()))
        .to(who())
        .await;
    assert_eq!(answer.result()["uid"], json!(null));
}

#[tokio::test]
async fn passes_the_instance_id_token_on_without_verifying_it() {
    for (value, expected) in
        [(Some("iid"), json!("iid")), (Some(""), json!(null)), (None, json!(null))]
    {
        let call = value
            .into_iter()
            .fold(Call::with(1), |call, value| call.header("firebase-instance-id-token", value));
        assert_eq!(call.to(who()).await.result()["instanceIdToken"], expected);
    }
}

fn accepting(keys: Keys, clock: Arc<dyn Clock>) -> Authenticator {
    let verifier = Verifier::new(IdTokenRules::new(PROJECT), keys, clock.clone());
    Authenticator::new(IdTokenVerifier::Production(verifier), clock)
}

struct Down;

impl Fetch for Down {
    fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async { Err(SendError::Connect.into()) })
    }
}

fn without_keys() -> (Authenticator, Arc<KeyCache>) {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let settings = CacheSettings::id_tokens(google_id_token_keys());
    let keys = KeyCache::new(settings, Arc::new(Down), clock.clone());
    (accepting(Keys::Cached(keys.clone()), clock), keys)
}

#[tokio::test]
async fn row_63_without_keys_the_answer_is_503_and_neither_401_nor_200() {
    let (authenticator, _) = without_keys();
    let service = who().into_service(authenticator);
    let answer = Call::with(1).signed_in("ada").to_service(&service).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.text(), r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#);
    let signed_out = Call::with(1).to_service(&service).await;
    assert_eq!(signed_out.status, 200, "a call without a token needs no key");
}

/// The first fetch yields the shared key. Later ones take a second, and yield one more key or an error.
struct Rotating {
    fetches: AtomicUsize,
    after: Result<TestKeys, FetchError>,
}

impl Fetch for Rotating {
    fn fetch<'a>(&'a self, _: &'a ServiceUrl) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async {
            let mut keys = vec![TestKeys::shared().jwk()];
            if self.fetches.fetch_add(1, Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                keys.push(self.after.as_ref().map_err(|error| *error)?.jwk());
            }
            let body = json!({ "keys": keys }).to_string().into();
            Ok(Fetched { body, lifetime: None })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_signed_with_a_new_key_wait_for_its_fetch_and_are_never_invalid_meanwhile() {
    let new = TestKeys::fresh("new");
    // The outcome of the next fetch, the status of the calls, and the number of fetches. A failed fetch is retried once
    // for all the calls that wait for it.
    for (after, expected, fetches) in
        [(Ok(new.clone()), 200, 2), (Err(SendError::Connect.into()), 503, 3)]
    {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW.unsigned_abs()));
        let fetch = Rotating { fetches: AtomicUsize::new(0), after };
        let settings = CacheSettings::id_tokens(google_id_token_keys());
        let keys = KeyCache::new(settings, Arc::new(fetch), clock.clone());
        let authenticator = accepting(Keys::Cached(keys.clone()), clock);
        let service = who().into_service(authenticator);
        assert_eq!(Call::with(1).signed_in("ada").to_service(&service).await.status, 200);
        let token = new.id_token(PROJECT, "ada", NOW).sign();
        let calls = (0..5).map(|_| {
            let call = Call::with(1).bearer(&token);
            async { call.to_service(&service).await.status.as_u16() }
        });
        assert_eq!(futures_util::future::join_all(calls).await, [expected; 5]);
        let later = Call::with(1).bearer(&token).to_service(&service).await;
        assert_eq!(later.status, expected);
        assert_eq!(Call::with(1).signed_in("ada").to_service(&service).await.status, 200);
        assert_eq!(keys.stats().fetches, fetches, "{expected}");
    }
}

#[tokio::test]
async fn row_41_a_token_that_fails_locally_causes_no_key_fetch() {
    let (authenticator, keys) = without_keys();
    let service = who().into_service(authenticator);
    let other = TestKeys::shared().id_token("other-app", "ada", NOW).sign();
    let expired = TestKeys::shared().id_token(PROJECT, "ada", NOW - 7200).sign();
    for raw in [other, expired, "x".to_owned(), "x".repeat(20_000)] {
        assert_eq!(Call::with(1).bearer(&raw).to_service(&service).await.status, 401);
    }
    assert_eq!(keys.stats().fetches, 0);
}

#[tokio::test]
async fn an_emulator_authenticator_accepts_unsigned_tokens_only() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let rules = EmulatorIdTokenRules::new(IdTokenRules::new(PROJECT));
    let service = who().into_service(Authenticator::new(IdTokenVerifier::Emulator(rules), clock));
    let unsigned = TestKeys::shared().id_token(PROJECT, "ada", NOW).unsigned();
    assert_eq!(Call::with(1).bearer(&unsigned).to_service(&service).await.result()["uid"], "ada");
    assert_eq!(Call::with(1).bearer(&token()).to_service(&service).await.status, 401);
    assert_eq!(Call::with(1).bearer(&unsigned).to(who()).await.status, 401, "row 55");
}

const APP: &str = "1:1234567890:web:abc";
const PLACEHOLDER: &str = "eyJlcnJvciI6IlVOS05PV05fRVJST1IifQ==";

fn which_app() -> Callable {
    Callable::new(|request: CallableRequest<Value>| async move {
        Ok(request.app.as_ref().map(|app| app.app_id().to_owned()))
    })
}

#[tokio::test]
async fn app_check_is_enforced_only_with_the_option() {
    let header = |value: &str| Call::with(1).header("x-firebase-appcheck", value);
    let expired = TestKeys::shared().app_check_token(PROJECT, "1234567890", APP, NOW - 7200).sign();
    let good = || TestKeys::shared().app_check_token(PROJECT, "1234567890", APP, NOW).sign();
    // The call, the app that the handler sees without enforcement, whether the call passes with enforcement.
    let cases: Vec<(&str, Call, Value, bool)> = vec![
        ("none", Call::with(1), json!(null), false),
        ("empty", header(""), json!(null), false),
        ("valid", Call::with(1).from_app(APP), json!(APP), true),
        ("expired", header(&expired), json!(null), false),
        ("row 66: placeholder", header(PLACEHOLDER), json!(null), false),
        ("row 43: an ID token", header(&token()), json!(null), false),
        ("garbage", header("x"), json!(null), false),
        ("two", header(&good()).header("x-firebase-appcheck", &good()), json!(null), false),
        ("joined", header(&format!("{}, {}", good(), good())), json!(null), false),
    ];
    for (name, call, seen, admitted) in cases {
        let again = call.clone();
        let answer = call.to(which_app()).await;
        assert_eq!(answer.result(), seen, "{name}");
        let enforced = again.to(which_app().enforce_app_check(true)).await;
        if admitted {
            assert_eq!(enforced.result(), seen, "{name}");
        } else {
            assert_eq!((enforced.status.as_u16(), enforced.text()), (401, UNAUTH), "{name}");
        }
    }
}

#[tokio::test]
async fn a_bad_id_token_is_reported_before_anything_about_app_check() {
    let call = Call::with(1).bearer("forged").from_app(APP);
    assert_eq!(call.to(which_app()).await.text(), UNAUTH);
    let both = Call::with(1).signed_in("ada").from_app(APP);
    assert_eq!(both.to(which_app().enforce_app_check(true)).await.result(), json!(APP));
    let body_first = Call::raw("{").from_app("x");
    assert_eq!(body_first.to(which_app().enforce_app_check(true)).await.text(), BAD);
}

#[tokio::test]
async fn without_app_check_keys_only_an_enforced_callable_is_unavailable() {
    let (authenticator, keys) = without_keys();
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let verifier = Verifier::new(AppCheckRules::new(PROJECT), Keys::Cached(keys), clock);
    let authenticator = authenticator.with_app_check(verifier);
    let lax = which_app().into_service(authenticator.clone());
    let strict = which_app().enforce_app_check(true).into_service(authenticator);
    assert_eq!(Call::with(1).from_app(APP).to_service(&lax).await.result(), json!(null));
    assert_eq!(Call::with(1).from_app(APP).to_service(&strict).await.status, 503);
    assert_eq!(Call::with(1).to_service(&strict).await.status, 401);
}
