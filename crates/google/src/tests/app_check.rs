//! Consuming App Check tokens: one request per token, whatever the answer.

use shared::{
    net::ServiceUrl,
    token::{AppCheckData, AppCheckRules, KeySet},
};

use super::*;

fn verified() -> AppCheckData {
    let raw = TestKeys::shared().app_check_token(PROJECT, "1234567890", "1:1:web:1", NOW).sign();
    let keys = KeySet::from_jwks(TestKeys::shared().jwks().as_bytes()).unwrap();
    let rules = AppCheckRules::new(PROJECT);
    let inspected = shared::token::inspect(&rules, &raw, NOW).unwrap();
    let key = keys.get(inspected.kid()).unwrap();
    inspected.verify(key).unwrap()
}

async fn consumed(reply: Reply) -> (Result<bool, GoogleError>, usize) {
    let google = MockServer::start(move |_| reply.clone()).await;
    let service = AppCheckService::at(google.url.clone(), PROJECT, token());
    (service.consume(&verified()).await, google.requests().len())
}

#[tokio::test]
async fn sends_the_documented_request() {
    let google = MockServer::start(|_| (200, json!({}))).await;
    let service = AppCheckService::at(google.url.clone(), PROJECT, token());
    let app = verified();
    assert_eq!(service.consume(&app).await, Ok(false));
    let [request] = google.requests().try_into().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "/v1beta/projects/test-project:verifyAppCheckToken");
    assert_eq!(header(&request, "authorization"), "Bearer ya29.access");
    assert_eq!(header(&request, "content-type"), "application/json");
    assert_eq!(header(&request, "host"), google.url.uri().authority().unwrap().as_str());
    assert_eq!(body(&request), json!({ "app_check_token": app.raw_token() }));
}

#[tokio::test]
async fn tells_a_first_use_from_a_replay_with_one_request() {
    let failed = |status| Err(GoogleError::Status(status));
    let cases = [
        ((200, json!({})), Ok(false)),
        ((200, json!({"alreadyConsumed": false})), Ok(false)),
        ((200, json!({"alreadyConsumed": true})), Ok(true)),
        ((200, json!({"alreadyConsumed": true, "ttl": "1s"})), Ok(true)),
        ((200, json!({"alreadyConsumed": "true"})), Err(GoogleError::Answer)),
        ((200, json!({"alreadyConsumed": null})), Err(GoogleError::Answer)),
        ((200, json!([])), Err(GoogleError::Answer)),
        ((200, json!("{}")), Err(GoogleError::Answer)),
        ((204, json!({})), failed(204)),
        ((302, json!({})), failed(302)),
        ((400, json!({})), failed(400)),
        ((403, json!({"error": {"status": "PERMISSION_DENIED"}})), failed(403)),
        ((500, json!({})), failed(500)),
        ((503, json!({})), failed(503)),
    ];
    for (reply, expected) in cases {
        let name = reply.1.to_string();
        assert_eq!(consumed(reply).await, (expected, 1), "{name}");
    }
}

#[tokio::test]
async fn gives_up_on_a_service_that_never_answers_and_does_not_repeat_the_request() {
    let google = MockServer::start(|_| (0, json!({}))).await;
    let service = AppCheckService::at(google.url.clone(), PROJECT, token());
    let outcome = times_out(&google, service.consume(&verified())).await;
    assert_eq!(outcome, Err(SendError::Timeout.into()));
    assert_eq!(google.requests().len(), 1);

    let service = AppCheckService::at(nowhere().await, PROJECT, token());
    assert_eq!(service.consume(&verified()).await, Err(SendError::Refused.into()));
}

#[tokio::test]
async fn after_failures_no_request_is_sent_for_a_while_so_the_token_is_not_used_up() {
    let status = Arc::new(AtomicUsize::new(503));
    let answers = status.clone();
    let google = MockServer::start(move |_| {
        (u16::try_from(answers.load(Ordering::SeqCst)).unwrap(), json!({}))
    })
    .await;
    let clock = FixedClock::at(NOW.unsigned_abs());
    let service = AppCheckService::at(google.url.clone(), PROJECT, token());
    let service = service.with_clock(Arc::new(clock.clone()));
    let app = verified();
    for _ in 0..10 {
        assert_eq!(service.consume(&app).await, Err(GoogleError::Status(503)));
    }
    assert_eq!(google.requests().len(), 3, "the first two failures cause no pause");
    status.store(200, Ordering::SeqCst);
    clock.freeze_for(std::time::Duration::from_secs(2));
    for _ in 0..3 {
        assert_eq!(service.consume(&app).await, Ok(false), "each call sends a request");
    }
    assert_eq!(google.requests().len(), 6);
}

#[tokio::test]
async fn a_refused_token_does_not_cause_a_pause_for_other_tokens() {
    for status in [400, 403, 404] {
        let google = MockServer::start(move |_| (status, json!({}))).await;
        let service = AppCheckService::at(google.url.clone(), PROJECT, token());
        for _ in 0..10 {
            assert_eq!(service.consume(&verified()).await, Err(GoogleError::Status(status)));
        }
        assert_eq!(google.requests().len(), 10);
    }
}

/// Access tokens that are never granted.
struct Hanging;

impl AccessTokens for Hanging {
    fn access_token(&self) -> shared::net::BoxFuture<'_, Result<AccessToken, GoogleError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn consuming_ends_within_three_seconds_and_before_the_call_does() {
    let base = ServiceUrl::parse("http://127.0.0.1:9").unwrap();
    let service = AppCheckService::at(base, PROJECT, Arc::new(Hanging));
    let app = verified();
    let before = tokio::time::Instant::now();
    // This limit, on the paused clock, ends the test if `consume` does not end by its own limit.
    let hour = std::time::Duration::from_secs(3600);
    let outcome = tokio::time::timeout(hour, service.consume(&app)).await;
    assert_eq!(outcome, Ok(Err(SendError::Timeout.into())));
    assert_eq!(before.elapsed().as_secs(), 3);
    let before = tokio::time::Instant::now();
    let deadline = before + std::time::Duration::from_secs(1);
    let outcome = shared::fetched::until(deadline, service.consume(&app)).await;
    assert_eq!(outcome, Err(SendError::Timeout.into()));
    assert!(tokio::time::Instant::now() < deadline);
}

#[tokio::test(start_paused = true)]
async fn timeouts_of_callers_with_hardly_any_time_do_not_count_as_an_outage() {
    let base = ServiceUrl::parse("http://127.0.0.1:9").unwrap();
    let service = AppCheckService::at(base, PROJECT, Arc::new(Hanging));
    let app = verified();
    let waits = async |left: u64| {
        let before = tokio::time::Instant::now();
        let deadline = before + std::time::Duration::from_millis(left);
        let outcome = shared::fetched::until(deadline, service.consume(&app)).await;
        assert_eq!(outcome, Err(SendError::Timeout.into()));
        before.elapsed().as_millis()
    };
    for _ in 0..10 {
        assert!(waits(100).await > 0);
    }
    for _ in 0..3 {
        assert_eq!(waits(10_000).await, 3000, "a request was sent");
    }
    assert_eq!(waits(10_000).await, 0, "three timeouts of callers with enough time are an outage");
}
