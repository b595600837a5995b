//! The release binary as Lambda runs it, with a mock of the Runtime API and events of every front.

mod alarms;
mod events;
mod log;
mod start;
mod streams;

use std::time::Duration;

use serde_json::json;

use crate::support::{
    PROJECT, contains,
    event::{Event, FRONTS},
    key_server::KeyServer,
    process::{Process, misbehaving, shipped},
    runtime_api::{Answer, Deadline, RuntimeApi, TRACE},
    token,
};

const CALL: &str = r#"{"data":{"text":"some message"}}"#;
const BAD: &str = r#"{"error":{"message":"Bad Request","status":"INVALID_ARGUMENT"}}"#;
const UNAUTH: &str = r#"{"error":{"message":"Unauthenticated","status":"UNAUTHENTICATED"}}"#;
const INTERNAL: &str = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;
const SIGNED_OUT: &str = r#"{"error":{"message":"The function must be called while authenticated","status":"UNAUTHENTICATED"}}"#;

struct Lambda {
    api: RuntimeApi,
    keys: KeyServer,
    process: Process,
}

async fn lambda(variables: &[(&str, &str)]) -> Lambda {
    let keys = KeyServer::start().await;
    let api = RuntimeApi::start().await;
    let mut all = vec![("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", &keys.url)];
    all.extend(variables);
    let process = api.function(shipped(), &all);
    Lambda { api, keys, process }
}

#[track_caller]
fn expect(name: &str, answer: &Answer, status: u64, body: &str) {
    assert_eq!((answer.status, answer.body.as_str()), (status, body), "{name}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{name}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"), "{name}");
    assert_eq!(answer.header("vary"), Some("Origin"), "{name}");
}

#[tokio::test]
async fn answers_the_events_of_every_front() {
    let lambda = lambda(&[]).await;
    let token = token("ada");
    let result = r#"{"result":{"message":"Authenticated message 'some message' from user ada."}}"#;
    for (front, recorded) in FRONTS {
        let post = |body: &str| Event::post(recorded, body);
        let bearer = format!("Bearer {token}");
        let two_tokens = post(CALL).header("authorization", &[&bearer, &bearer]);
        // In its single-value form, an ALB event has one value per header, so it contains only one token.
        let (two_tokens_status, two_tokens_body) =
            if front == "ALB" { (200, result) } else { (401, UNAUTH) };
        let cases = [
            ("signed in", post(CALL).bearer(&token), 200, result),
            ("base64", post(CALL).bearer(&token).in_base64(), 200, result),
            ("signed out", post(CALL), 401, SIGNED_OUT),
            ("forged", post(CALL).bearer("forged"), 401, UNAUTH),
            ("GET", post(CALL).method("GET"), 400, BAD),
            ("no body", post("").with("/body", json!(null)), 400, BAD),
            ("empty body", post(""), 400, BAD),
            ("malformed", post("{"), 400, BAD),
            ("malformed, base64", post("{").in_base64(), 400, BAD),
            ("text/plain", post(CALL).header("content-type", &["text/plain"]), 400, BAD),
            ("two tokens", two_tokens, two_tokens_status, two_tokens_body),
        ];
        for (case, event, status, body) in cases {
            expect(&format!("{front}: {case}"), &lambda.api.answer(&event).await, status, body);
        }

        let preflight = post("")
            .method("OPTIONS")
            .header("access-control-request-method", &["POST"])
            .header("access-control-request-headers", &["authorization,content-type"]);
        let answer = lambda.api.answer(&preflight).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{front}");
        for (name, value) in [
            ("access-control-allow-origin", "https://app.example"),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "authorization,content-type"),
            ("access-control-max-age", "3600"),
            ("vary", "Origin, Access-Control-Request-Headers"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{front}");
        }
    }
    assert_eq!(lambda.keys.requests(), 1, "one key fetch for all of them");
}

#[tokio::test]
async fn starts_without_a_network_and_answers_503_where_a_key_is_needed() {
    let nowhere = KeyServer::nowhere().await;
    let lambda = lambda(&[("FIREBASE_ID_TOKEN_KEYS_URL", &nowhere)]).await;
    lambda.api.first_poll().await;
    let answer = lambda.api.answer(&Event::function_url(CALL).bearer(&token("ada"))).await;
    expect("keys", &answer, 503, r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#);
    let answer = lambda.api.answer(&Event::function_url(CALL)).await;
    expect("no token", &answer, 401, SIGNED_OUT);
}

#[tokio::test]
async fn hostile_events_get_an_answer_and_the_process_keeps_running() {
    let mut lambda = lambda(&[]).await;
    for (front, recorded) in FRONTS {
        let post = || Event::post(recorded, CALL);
        let path = if recorded.contains("rawPath") { "/rawPath" } else { "/path" };
        for odd in ["", "x", "//", "/a b", "/\u{0}", "/é", "http://[", "/%zz", "/<>\"{}|\\^`"] {
            let answer = lambda.api.answer(&post().with(path, json!(odd))).await;
            expect(&format!("{front}: path {odd:?}"), &answer, 401, SIGNED_OUT);
        }
        for host in ["", "a b", "[", "1.2.3.400", "x:99999", "evil/../", "user@host"] {
            let answer = lambda.api.answer(&post().header("host", &[host])).await;
            expect(&format!("{front}: host {host:?}"), &answer, 401, SIGNED_OUT);
        }
        let not_base64 = post().with("/isBase64Encoded", json!(true));
        expect(front, &lambda.api.answer(&not_base64).await, 400, BAD);
    }
    assert!(lambda.process.is_running());
    assert!(!lambda.process.output().contains("panic"), "{}", lambda.process.output());
}

#[tokio::test]
async fn refuses_an_over_long_body() {
    let lambda = lambda(&[]).await;
    let long = format!(r#"{{"data":{{"text":"{}"}}}}"#, "x".repeat(33 << 20));
    expect("33 MiB", &lambda.api.answer(&Event::function_url(&long)).await, 400, BAD);
    let answer = lambda.api.answer(&Event::function_url(CALL)).await;
    expect("the next", &answer, 401, SIGNED_OUT);
}

#[tokio::test]
async fn an_event_that_is_not_http_is_an_error_and_the_process_keeps_running() {
    for mode in ["buffered", "stream"] {
        let lambda = lambda(&[("CALLABLE_RESPONSE_MODE", mode)]).await;
        let base64 = r#"{"requestContext":{"http":{"method":"POST"}},"isBase64Encoded":"value1"}"#;
        let headers =
            r#"{"requestContext":{"http":{"method":"POST"}},"headers":{"a":{"value1":5}}}"#;
        for (event, member) in [
            (r#"{"key1":"value1"}"#, "neither httpMethod nor requestContext.http.method"),
            ("[]", "not a JSON object"),
            ("5", "not a JSON object"),
            (r#""value1""#, "not a JSON object"),
            (base64, "isBase64Encoded"),
            (headers, "headers"),
        ] {
            let reply = lambda.api.reply(event, Deadline::Absurd).await;
            assert!(reply.failed, "{mode}: {event}");
            let body = String::from_utf8_lossy(&reply.body);
            assert!(body.contains("not an event of API Gateway"), "{mode}: {event}: {body}");
            assert!(body.contains(member), "{mode}: {event}: {body}");
            assert!(!body.contains("value1"), "{mode}: {event}: {body}");
        }
        assert!(!lambda.process.output().contains("value1"), "{}", lambda.process.output());
        let call = Event::function_url(CALL).json();
        let answer = lambda.api.reply(&call, Deadline::Absurd).await.into_answer();
        expect(mode, &answer, 401, SIGNED_OUT);
    }
}

#[tokio::test]
async fn a_release_has_no_emulator_mode_and_ignores_the_variables_for_it() {
    let binary = std::fs::read(shipped()).unwrap();
    assert!(!contains(&binary, shared::token::emulator::MARKER.as_bytes()));

    let lambda = lambda(&[
        ("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099"),
        ("FIREBASE_DEBUG_MODE", "true"),
        ("FIREBASE_DEBUG_FEATURES", r#"{"skipTokenVerification":true,"enableCors":true}"#),
        ("FUNCTIONS_EMULATOR", "true"),
    ])
    .await;
    let unsigned = shared::testing::TestKeys::shared()
        .id_token(PROJECT, "ada", crate::support::now())
        .unsigned();
    let answer = lambda.api.answer(&Event::function_url(CALL).bearer(&unsigned)).await;
    expect("unsigned", &answer, 401, UNAUTH);
    let line = lambda.process.line_with("set, and ignored").await;
    assert!(
        line.contains("FIREBASE_AUTH_EMULATOR_HOST, FIREBASE_DEBUG_MODE, FUNCTIONS_EMULATOR"),
        "{line}"
    );
    assert!(line.contains("ERROR"), "{line}");
}

/// Starts the misbehaving callable, which has no keys.
async fn misbehaving_lambda(variables: &[(&str, &str)]) -> (RuntimeApi, Process) {
    let api = RuntimeApi::start().await;
    let nowhere = KeyServer::nowhere().await;
    let mut all =
        vec![("FIREBASE_PROJECT_ID", PROJECT), ("FIREBASE_ID_TOKEN_KEYS_URL", nowhere.as_str())];
    all.extend(variables);
    let process = api.function(misbehaving(), &all);
    (api, process)
}

/// A call that tells the misbehaving callable what to do.
fn told(what: &str) -> Event {
    Event::function_url(&format!(r#"{{"data":{{"do":"{what}","secret":"s3cr3t"}}}}"#))
}

#[tokio::test]
async fn panics_failures_and_too_large_results_are_internal_and_the_process_keeps_running() {
    let (api, mut process) = misbehaving_lambda(&[]).await;
    for what in [
        "panic",
        "panic with data",
        "fail",
        "large",
        "large in quotes",
        "refuse at length",
        "refuse with large details",
        "unknown type",
    ] {
        let answer = api.answer(&told(what)).await;
        expect(what, &answer, 500, INTERNAL);
        let streaming = told(what).header("accept", &["text/event-stream"]);
        let answer = api.answer(&streaming).await;
        let event = format!("data: {INTERNAL}\n\n");
        assert_eq!((answer.status, &*answer.body), (200, &*event), "{what}");
    }
    assert_eq!(
        api.answer(&told("almost large")).await.status,
        200,
        "the limit of 6 MB is the event's, not the body's"
    );
    let refused = api.answer(&told("refuse")).await;
    expect(
        "refuse",
        &refused,
        400,
        r#"{"error":{"details":{"n":1},"message":"not now","status":"FAILED_PRECONDITION"}}"#,
    );
    assert!(process.is_running());
    process.line_with("a literal text").await;
    process.line_with("invalid digit found in string").await;
    process.line_with("result.list[0].@type: ").await;
    assert!(!process.output().contains("s3cr3t"), "{}", process.output());
}

#[tokio::test]
async fn answers_in_protocol_form_before_lambdas_deadline() {
    let (api, mut process) = misbehaving_lambda(&[]).await;
    let answer = api.answer_before(&told("hang"), Deadline::In(Duration::from_secs(2))).await;
    expect(
        "hang",
        &answer,
        504,
        r#"{"error":{"message":"Deadline Exceeded","status":"DEADLINE_EXCEEDED"}}"#,
    );
    process.line_with("handler dropped").await;
    assert!(process.is_running());
    let known = api.answer(&told("remaining")).await;
    assert_eq!(known.body, r#"{"result":{"requestId":"request-2","deadlineKnown":true}}"#);
    let absurd = api.answer_before(&told("remaining"), Deadline::Absurd).await;
    assert_eq!(absurd.body, r#"{"result":{"requestId":"request-3","deadlineKnown":false}}"#);
}

#[tokio::test]
async fn serves_several_calls_at_once_where_lambda_asks_for_it() {
    let (api, mut process) = misbehaving_lambda(&[("AWS_LAMBDA_MAX_CONCURRENCY", "2")]).await;
    let hang = told("hang");
    let hanging = api.answer_before(&hang, Deadline::In(Duration::from_secs(5)));
    let others = async {
        process.line_with("handler hangs").await;
        for _ in 0..3 {
            expect("meanwhile", &api.answer(&told("fail")).await, 500, INTERNAL);
        }
        assert!(!process.output().contains("handler dropped"), "the first call is still running");
    };
    let (hanging, ()) = tokio::join!(hanging, others);
    assert_eq!(hanging.status, 504);
    assert!(process.is_running());
}

#[tokio::test]
async fn a_load_balancer_gets_no_answer_above_its_limit() {
    let (api, _process) = misbehaving_lambda(&[]).await;
    let body = r#"{"data":{"do":"large for a balancer"}}"#;
    for (front, recorded) in FRONTS {
        let answer = api.answer(&Event::post(recorded, body)).await;
        match front.starts_with("ALB") {
            true => expect(front, &answer, 500, INTERNAL),
            false => assert_eq!(answer.status, 200, "{front}"),
        }
    }
}
