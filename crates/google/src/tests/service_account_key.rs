//! A service account's key: reading it, signing with it, and exchanging an assertion for an access token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use shared::{testing::pem, token::KeySet};

use super::*;
use crate::access_token::{CachedTokens, Grant, Granted};

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

fn document() -> serde_json::Value {
    TestKeys::shared().service_account(PROJECT, TOKEN_URI)
}

fn read(document: &serde_json::Value) -> Result<ServiceAccountKey, String> {
    ServiceAccountKey::from_json(&document.to_string()).map_err(|error| error.to_string())
}

/// The PKCS#1 key inside a PKCS#8 one of 2048 bits, whose header has 26 bytes.
fn pkcs1_pem() -> String {
    let pkcs8 = TestKeys::shared().private_key_pem();
    let base64: String = pkcs8.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    pem("RSA PRIVATE KEY", &der[26..])
}

#[test]
fn reads_pkcs8_and_pkcs1_and_escaped_line_breaks() {
    let pkcs8 = TestKeys::shared().private_key_pem();
    for key in [pkcs8.clone(), pkcs1_pem(), pkcs8.replace('\n', "\\n"), pkcs8.replace('\n', "\r\n")]
    {
        let mut document = document();
        document["private_key"] = json!(key);
        let account = read(&document).unwrap();
        assert_eq!(account.email(), "callables@test-project.iam.gserviceaccount.com");
        assert_eq!(account.project_id(), PROJECT);
    }
}

#[test]
fn names_the_field_that_is_wrong_and_shows_nothing_of_it() {
    let changed = |field: &str, value: serde_json::Value| {
        let mut document = document();
        document[field] = value;
        read(&document).unwrap_err()
    };
    let without = |field: &str| {
        let mut document = document();
        document.as_object_mut().unwrap().remove(field);
        read(&document).unwrap_err()
    };
    let secret = "not-to-be-seen";
    for field in
        ["type", "project_id", "private_key_id", "private_key", "client_email", "token_uri"]
    {
        assert_eq!(without(field), format!("its field {field} is missing"));
        assert_eq!(changed(field, json!(5)), format!("its field {field} is not a string"));
        assert_eq!(changed(field, json!("")), format!("its field {field} is not a string"));
    }
    assert_eq!(changed("type", json!(secret)), "its field type is not service_account");
    assert_eq!(changed("token_uri", json!(secret)), "its field token_uri is not an https URL");
    let plain = json!("http://oauth2.example.com/token");
    assert_eq!(changed("token_uri", plain), "its field token_uri is not an https URL");
    let key = "its field private_key is not exactly one PEM block of a private key";
    assert_eq!(changed("private_key", json!(secret)), key);
    let public = json!(TestKeys::shared().public_key_pem());
    assert_eq!(changed("private_key", public), key);
    let good = TestKeys::shared().private_key_pem();
    for more in [
        format!("{good}x"),
        format!("{good}{good}"),
        format!("x{good}"),
        good.clone() + &TestKeys::shared().public_key_pem(),
    ] {
        assert_eq!(changed("private_key", json!(more)), key);
    }
    let base64: String = good.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    der.push(0);
    let problem = "its field private_key is not an RSA key of 2048 to 8192 bits";
    assert_eq!(changed("private_key", json!(pem("PRIVATE KEY", &der))), problem);
    let weak = json!(pem("PRIVATE KEY", b"not a key"));
    let problem = "its field private_key is not an RSA key of 2048 to 8192 bits";
    assert_eq!(changed("private_key", weak), problem);
    let curve = json!(pem("EC PRIVATE KEY", b"not a key"));
    assert_eq!(changed("private_key", curve), "its field private_key is not an RSA key");
    for document in ["", "{", "[]", "\"text\"", "not-to-be-seen"] {
        let error = ServiceAccountKey::from_json(document).unwrap_err().to_string();
        assert_eq!(error, "it is not a JSON object");
    }
    let shown = format!("{:?}", read(&document()).unwrap());
    assert!(!shown.contains("PRIVATE") && !shown.contains("key"), "{shown}");
}

#[tokio::test]
async fn exchanges_an_assertion_for_an_access_token() {
    let google =
        MockServer::start(|_| (200, json!({"access_token": "ya29.x", "expires_in": 3599}))).await;
    let token_uri = google.url.to_string();
    let account = read(&TestKeys::shared().service_account(PROJECT, &token_uri)).unwrap();
    let granted = account.grants()(Scopes::default()).grant(NOW).await.unwrap();
    assert_eq!(granted.token, AccessToken::new("ya29.x"));
    assert_eq!(granted.lifetime.as_secs(), 3599);

    let [request] = google.requests().try_into().unwrap();
    assert_eq!(header(&request, "content-type"), "application/x-www-form-urlencoded");
    let form = std::str::from_utf8(request.body()).unwrap();
    let assertion = form
        .strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        .unwrap();
    let parts: Vec<&str> = assertion.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else { panic!("{assertion}") };
    let json = |part: &str| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(json(head), json!({"alg": "RS256", "typ": "JWT", "kid": "test-key"}));
    assert_eq!(
        json(claims),
        json!({
            "iss": account.email(), "aud": token_uri, "iat": NOW, "exp": NOW + 3600,
            "scope": "https://www.googleapis.com/auth/cloud-platform",
        })
    );
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let message = format!("{head}.{claims}");
    assert!(keys.get("test-key").unwrap().verifies(message.as_bytes(), &signature));
}

#[tokio::test]
async fn refuses_answers_without_a_token_and_its_lifetime() {
    for (reply, expected) in [
        ((200, json!({"access_token": "x"})), GoogleError::Answer),
        ((200, json!({"expires_in": 1})), GoogleError::Answer),
        ((200, json!({"access_token": "", "expires_in": 1})), GoogleError::Answer),
        ((200, json!({"access_token": "x", "expires_in": -1})), GoogleError::Answer),
        ((400, json!({"error": "invalid_grant"})), GoogleError::Status(400)),
    ] {
        let google = MockServer::start(move |_| reply.clone()).await;
        let document = TestKeys::shared().service_account(PROJECT, &google.url.to_string());
        let grant = read(&document).unwrap().grants()(Scopes::default());
        assert_eq!(grant.grant(NOW).await.unwrap_err(), expected);
    }
}

/// Grants numbered tokens, or an error while `fails` is true.
struct Numbered {
    grants: AtomicUsize,
    fails: std::sync::atomic::AtomicBool,
}

impl Grant for Arc<Numbered> {
    fn grant(&self, _: i64) -> shared::net::BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async {
            let number = self.grants.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if self.fails.load(Ordering::SeqCst) {
                return Err(GoogleError::Status(503));
            }
            let token = AccessToken::new(&number.to_string());
            Ok(Granted { token, lifetime: std::time::Duration::from_secs(3600) })
        })
    }
}

#[tokio::test]
async fn caches_a_token_until_five_minutes_before_its_end_and_requests_it_once_for_all_callers() {
    let grant = Arc::new(Numbered { grants: AtomicUsize::new(0), fails: false.into() });
    let clock = FixedClock::at(NOW.unsigned_abs());
    let tokens = CachedTokens::new(grant.clone(), Arc::new(clock.clone()));
    let token = |number: &str| Ok(AccessToken::new(number));

    let (first, second, third) =
        tokio::join!(tokens.access_token(), tokens.access_token(), tokens.access_token());
    assert_eq!((first, second, third), (token("0"), token("0"), token("0")));
    let seconds = std::time::Duration::from_secs;
    clock.advance(seconds(3300));
    assert_eq!(tokens.access_token().await, token("0"));
    clock.advance(seconds(1));
    assert_eq!(tokens.access_token().await, token("1"), "299 s left");

    grant.fails.store(true, Ordering::SeqCst);
    clock.advance(seconds(3570));
    assert_eq!(tokens.access_token().await, token("1"), "30 s left, and it cannot be renewed");
    clock.advance(seconds(1));
    assert_eq!(tokens.access_token().await, Err(GoogleError::Status(503)));
    grant.fails.store(false, Ordering::SeqCst);
    assert_eq!(tokens.access_token().await, token("4"));
    assert_eq!(format!("{:?}", tokens.access_token().await.unwrap()), "AccessToken([redacted])");
}

/// Credentials that are never read.
struct Pending;

impl Signers for Pending {
    fn signer(&self) -> shared::net::BoxFuture<'_, Result<Arc<dyn Signer>, GoogleError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn signing_ends_within_five_seconds() {
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    let tokens = CustomTokens::new(Arc::new(Pending), clock);
    let before = tokio::time::Instant::now();
    let token = CustomToken::new("ada").unwrap();
    // This limit, on the paused clock, ends the test if signing does not end by its own limit.
    let hour = std::time::Duration::from_secs(3600);
    let outcome = tokio::time::timeout(hour, tokens.sign(&token)).await;
    assert_eq!(outcome, Ok(Err(SendError::Timeout.into())));
    assert_eq!(before.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_token_with_four_minutes_left_is_used_while_a_new_one_is_requested() {
    let grant = Arc::new(Numbered { grants: AtomicUsize::new(0), fails: false.into() });
    let clock = FixedClock::at(NOW.unsigned_abs());
    let tokens = CachedTokens::new(Hangs(grant.clone()), Arc::new(clock.clone()));
    let first = tokens.access_token().await;
    assert_eq!(first, Ok(AccessToken::new("0")));
    clock.advance(std::time::Duration::from_secs(3360));
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    let callers = (0..10).map(|_| tokens.access_token());
    for token in futures_util::future::join_all(callers).await {
        assert_eq!(token, first);
    }
    assert!(before.elapsed().as_secs() <= 1);
    assert_eq!(grant.grants.load(Ordering::SeqCst), 2, "one grant is under way");
}

/// Grants one token, and then hangs.
struct Hangs(Arc<Numbered>);

impl Grant for Hangs {
    fn grant(&self, now: i64) -> shared::net::BoxFuture<'_, Result<Granted, GoogleError>> {
        Box::pin(async move {
            if self.0.grants.load(Ordering::SeqCst) > 0 {
                self.0.grants.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
            self.0.grant(now).await
        })
    }
}
