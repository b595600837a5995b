//! An AWS role that acts for a service account: the three requests to Google, byte for byte.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Request;
use serde_json::Value;
use shared::net::BoxFuture;

use super::*;
use crate::{credentials::Credentials, credentials_document::members, federation::SubjectTokens};

const AUDIENCE: &str =
    "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/aws/providers/lambda";
const EMAIL: &str = "callables@test-project.iam.gserviceaccount.com";

/// Returns the audience as the token, with characters that a form must escape.
struct Echo;

impl SubjectTokens for Echo {
    fn token_type(&self) -> &'static str {
        "urn:ietf:params:aws:token-type:aws4_request"
    }

    fn subject_token<'a>(
        &'a self,
        audience: &'a str,
    ) -> BoxFuture<'a, Result<String, GoogleError>> {
        Box::pin(async move { Ok(format!("%7B{audience} & =")) })
    }
}

/// As `gcloud iam workload-identity-pools create-cred-config` writes it.
pub(super) fn configuration(google: &str) -> Value {
    json!({
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": format!("{google}v1/token"),
        "service_account_impersonation_url":
            format!("{google}v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"),
        "credential_source": {"environment_id": "aws1"},
    })
}

pub(super) fn read(document: &Value) -> Result<Credentials, String> {
    read_for(Some(PROJECT), document)
}

fn read_for(project_id: Option<&str>, document: &Value) -> Result<Credentials, String> {
    let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
    members(&document.to_string())
        .and_then(|members| Credentials::from_members(&members, project_id, Arc::new(Echo), clock))
        .map_err(|error| error.to_string())
}

async fn access_token(credentials: &Credentials) -> Result<AccessToken, GoogleError> {
    credentials.tokens.0.access_token().await
}

fn answer(request: &Request<bytes::Bytes>) -> Reply {
    match request.uri().path().rsplit(':').next().unwrap() {
        "generateAccessToken" => {
            (200, json!({"accessToken": "ya29.account", "expireTime": "2027-01-15T09:00:00Z"}))
        }
        "signBlob" => (200, json!({"keyId": "k", "signedBlob": STANDARD.encode([7; 256])})),
        _ => (200, json!({"access_token": "ya29.role", "expires_in": 3600})),
    }
}

#[tokio::test]
async fn exchanges_the_subject_token_for_the_roles_token_and_that_for_the_accounts() {
    let google = MockServer::start(answer).await;
    let credentials = read(&configuration(&google.url.to_string())).unwrap();
    let account = Ok(AccessToken::new("ya29.account"));
    assert_eq!(access_token(&credentials).await, account);
    assert_eq!(access_token(&credentials).await, account, "from the cache");
    let [exchange, impersonation] = google.requests().try_into().unwrap();

    assert_eq!((exchange.method().as_str(), exchange.uri().path()), ("POST", "/v1/token"));
    assert_eq!(header(&exchange, "content-type"), "application/x-www-form-urlencoded");
    let audience = "%2F%2Fiam.googleapis.com%2Fprojects%2F123%2Flocations%2Fglobal%2F\
                    workloadIdentityPools%2Faws%2Fproviders%2Flambda";
    let expected = [
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
        &format!("audience={audience}"),
        "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform",
        "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
        "subject_token_type=urn%3Aietf%3Aparams%3Aaws%3Atoken-type%3Aaws4_request",
        &format!("subject_token=%257B{audience}%20%26%20%3D"),
    ];
    assert_eq!(std::str::from_utf8(exchange.body()).unwrap(), expected.join("&"));

    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken");
    assert_eq!(
        (impersonation.method().as_str(), impersonation.uri().path()),
        ("POST", path.as_str())
    );
    assert_eq!(header(&impersonation, "authorization"), "Bearer ya29.role");
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    assert_eq!(body(&impersonation), json!({"scope": [scope], "lifetime": "3600s"}));
}

#[tokio::test]
async fn ten_callers_share_one_request_to_an_exchange_that_hangs_and_wait_three_seconds() {
    let google = MockServer::start(|_| (0, json!({}))).await;
    let credentials = read(&configuration(&google.url.to_string())).unwrap();
    let callers = (0..10).map(|_| access_token(&credentials));
    let callers = times_out(&google, futures_util::future::join_all(callers));
    let before = tokio::time::Instant::now();
    for outcome in callers.await {
        assert_eq!(outcome, Err(SendError::Timeout.into()));
    }
    assert!(before.elapsed().as_secs() <= 3);
    assert_eq!(google.requests().len(), 1);
}

#[tokio::test]
async fn lets_google_sign_custom_tokens() {
    let google = MockServer::start(answer).await;
    let credentials = read(&configuration(&google.url.to_string())).unwrap();
    let signer = credentials.signer.0;
    assert_eq!(signer.email(), EMAIL);
    let input = CustomToken::new("user_ada").unwrap().signing_input(EMAIL, "RS256", NOW);
    assert_eq!(signer.sign(input.as_bytes()).await, Ok(vec![7; 256]));
    let request = google.requests().pop().unwrap();
    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:signBlob");
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", path.as_str()));
    assert_eq!(header(&request, "authorization"), "Bearer ya29.role");
    assert_eq!(header(&request, "content-type"), "application/json");
    assert_eq!(body(&request), json!({"payload": STANDARD.encode(&input)}));
    assert!(input.starts_with("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."), "RS256, JWT, no key id");
}

#[tokio::test]
async fn a_signature_that_is_not_as_long_as_a_key_is_refused() {
    for (bytes, fits) in [
        (0, false),
        (1, false),
        (9, false),
        (128, false),
        (255, false),
        (256, true),
        (257, false),
        (384, true),
        (512, true),
        (1024, false),
    ] {
        let google = MockServer::start(move |request| match request.uri().path() {
            "/v1/token" => answer(request),
            _ => (200, json!({"signedBlob": STANDARD.encode(vec![7; bytes])})),
        })
        .await;
        let credentials = read(&configuration(&google.url.to_string())).unwrap();
        let expected = if fits { Ok(vec![7; bytes]) } else { Err(GoogleError::Answer) };
        assert_eq!(credentials.signer.0.sign(b"x").await, expected, "{bytes}");
    }
}

/// Returns signatures of this length.
#[derive(Clone)]
struct OfLength(usize);

impl Signer for OfLength {
    fn email(&self) -> &'static str {
        EMAIL
    }

    fn sign<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, GoogleError>> {
        Box::pin(async { Ok(vec![7; self.0]) })
    }
}

#[tokio::test]
async fn a_custom_token_never_gets_a_signature_that_is_not_as_long_as_a_key() {
    for (bytes, fits) in [(0, false), (255, false), (256, true)] {
        let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
        let tokens = CustomTokens::new(Arc::new(OfLength(bytes)), clock);
        let signed = tokens.sign(&CustomToken::new("user_ada").unwrap()).await;
        assert_eq!(signed.is_ok(), fits, "{bytes}");
    }
}

#[tokio::test]
async fn reports_what_google_refuses() {
    for (path, status) in [("/v1/token", 400), ("generateAccessToken", 403)] {
        let google = MockServer::start(move |request| {
            if request.uri().path().ends_with(path) { (status, json!({})) } else { answer(request) }
        })
        .await;
        let credentials = read(&configuration(&google.url.to_string())).unwrap();
        assert_eq!(access_token(&credentials).await, Err(GoogleError::Status(status)), "{path}");
    }
    let google = MockServer::start(|request| match request.uri().path() {
        "/v1/token" => answer(request),
        _ => (200, json!({"signedBlob": "not base64!"})),
    })
    .await;
    let credentials = read(&configuration(&google.url.to_string())).unwrap();
    assert_eq!(credentials.signer.0.sign(b"x").await, Err(GoogleError::Answer));
    assert_eq!(access_token(&credentials).await, Err(GoogleError::Answer));
}

#[test]
fn names_the_field_that_is_wrong() {
    const ACCOUNT: &str = "service_account_impersonation_url";
    let of = |email: &str| {
        json!(format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
        ))
    };
    let good = || configuration("https://sts.googleapis.com/");
    assert_eq!(read(&good()).unwrap().signer.0.email(), EMAIL);
    for (field, value, problem) in [
        ("type", json!("authorized_user"), "type is neither service_account nor external_account"),
        ("audience", json!(null), "audience is not a string"),
        (
            "subject_token_type",
            json!("urn:ietf:params:oauth:token-type:jwt"),
            "subject_token_type is not urn:ietf:params:aws:token-type:aws4_request",
        ),
        ("token_url", json!("http://sts.example.com"), "token_url is not an https URL"),
        (
            ACCOUNT,
            json!("https://iam.example.com/x"),
            "service_account_impersonation_url does not name a service account",
        ),
        (
            ACCOUNT,
            of("nobody"),
            "service_account_impersonation_url does not name a service account",
        ),
        (
            ACCOUNT,
            of("a@b/../c"),
            "service_account_impersonation_url does not name a service account",
        ),
    ] {
        let mut configuration = good();
        configuration[field] = value;
        assert_eq!(read(&configuration).unwrap_err(), format!("its field {problem}"));
    }
    let key = TestKeys::shared().service_account("other-project", "https://oauth2.example.com");
    let problem = "its field project_id is not the project of FIREBASE_PROJECT_ID";
    assert_eq!(read(&key).unwrap_err(), problem);
    assert!(read_for(None, &key).is_ok(), "a function that signs no custom tokens");
    let key = TestKeys::shared().service_account(PROJECT, "https://oauth2.example.com");
    assert_eq!(read(&key).unwrap().signer.0.email(), EMAIL);
}
