//! Answers: results, errors of every code, unexpected failures.

use std::{
    future::pending,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::sync::Notify;

use super::*;
use crate::{
    ErrorCode, Invocation,
    callable::{ResponseBody, Shutdown},
    testing::authenticator,
};

#[tokio::test]
async fn a_result_is_200_with_the_result_and_nothing_else() {
    let answer = Call::with(json!({"a": [1, null, "é"]})).to(echo()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), r#"{"result":{"a":[1,null,"é"]}}"#);
    let nothing = Callable::new(|_: CallableRequest<()>| async { Ok(()) });
    assert_eq!(Call::with(json!(null)).to(nothing).await.text(), r#"{"result":null}"#);
}

#[tokio::test]
async fn every_code_has_its_status_and_its_http_status() {
    let table: [(ErrorCode, &str, u16); 16] = [
        (ErrorCode::Cancelled, "CANCELLED", 499),
        (ErrorCode::Unknown, "UNKNOWN", 500),
        (ErrorCode::InvalidArgument, "INVALID_ARGUMENT", 400),
        (ErrorCode::DeadlineExceeded, "DEADLINE_EXCEEDED", 504),
        (ErrorCode::NotFound, "NOT_FOUND", 404),
        (ErrorCode::AlreadyExists, "ALREADY_EXISTS", 409),
        (ErrorCode::PermissionDenied, "PERMISSION_DENIED", 403),
        (ErrorCode::ResourceExhausted, "RESOURCE_EXHAUSTED", 429),
        (ErrorCode::FailedPrecondition, "FAILED_PRECONDITION", 400),
        (ErrorCode::Aborted, "ABORTED", 409),
        (ErrorCode::OutOfRange, "OUT_OF_RANGE", 400),
        (ErrorCode::Unimplemented, "UNIMPLEMENTED", 501),
        (ErrorCode::Internal, "INTERNAL", 500),
        (ErrorCode::Unavailable, "UNAVAILABLE", 503),
        (ErrorCode::DataLoss, "DATA_LOSS", 500),
        (ErrorCode::Unauthenticated, "UNAUTHENTICATED", 401),
    ];
    for (code, status, http) in table {
        let callable = Callable::new(move |_: CallableRequest<Value>| async move {
            Err::<(), _>(HttpsError::new(code, "m"))
        });
        let answer = Call::with(1).to(callable).await;
        assert_eq!(answer.status, http, "{code}");
        assert_eq!(answer.text(), format!(r#"{{"error":{{"message":"m","status":"{status}"}}}}"#));
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    }
}

#[tokio::test]
async fn details_are_the_first_member_and_absent_if_not_given() {
    let cases: [(fn() -> HttpsError, &str); 4] = [
        (
            || HttpsError::not_found("nf").with_details(json!({"a": 1})),
            r#"{"error":{"details":{"a":1},"message":"nf","status":"NOT_FOUND"}}"#,
        ),
        (
            || HttpsError::not_found("nf").with_details(()),
            r#"{"error":{"details":null,"message":"nf","status":"NOT_FOUND"}}"#,
        ),
        (|| HttpsError::not_found(""), r#"{"error":{"message":"","status":"NOT_FOUND"}}"#),
        (
            || HttpsError::internal("own words"),
            r#"{"error":{"message":"own words","status":"INTERNAL"}}"#,
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(Call::with(1).to(fails(error)).await.text(), expected);
    }
}

#[tokio::test]
async fn any_other_failure_is_internal_and_discloses_nothing() {
    let question_mark = Callable::new(|_: CallableRequest<Value>| async {
        let number: u32 = "secret".parse()?;
        Ok(number)
    });
    let panics = Callable::new(|request: CallableRequest<Value>| async move {
        if request.data != json!("go on") {
            panic!("secret {}", request.data);
        }
        Ok(1)
    });
    let panics_at_once = Callable::new(
        #[expect(unreachable_code, reason = "the future is never made")]
        |_: CallableRequest<Value>| {
            panic!("secret");
            async { Ok(()) }
        },
    );
    let not_a_number = Callable::new(|_: CallableRequest<Value>| async { Ok([1.0, f64::NAN]) });
    for callable in [question_mark, panics, panics_at_once, not_a_number] {
        let answer = Call::with(1).header("origin", "https://a.example").to(callable).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (500, INTERNAL));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example"));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn a_panic_leaves_the_service_alive() {
    let service = Callable::new(|request: CallableRequest<u32>| async move {
        assert_eq!(request.data, 1, "only 1 is accepted");
        Ok(request.data)
    })
    .into_service(authenticator());
    for round in 0..3 {
        assert_eq!(Call::with(2).to_service(&service).await.text(), INTERNAL, "{round}");
        assert_eq!(Call::with(1).to_service(&service).await.result(), json!(1), "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_deadline_the_client_gets_a_callable_error() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let invocation = |left: Duration| Invocation::new(Some("r1".to_owned()), Some(now + left), now);
    let never = || Callable::new(|_: CallableRequest<Value>| pending::<Result<(), HttpsError>>());
    let call =
        |left| Call::with(1).header("origin", "https://a.example").extension(invocation(left));

    let before = tokio::time::Instant::now();
    let answer = call(Duration::from_secs(10)).to(never()).await;
    assert_eq!(before.elapsed(), Duration::from_millis(9_500));
    assert_eq!(answer.status, 504);
    assert_eq!(
        answer.text(),
        r#"{"error":{"message":"Deadline Exceeded","status":"DEADLINE_EXCEEDED"}}"#
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example"));

    let before = tokio::time::Instant::now();
    call(Duration::from_secs(10)).to(never().deadline_margin(Duration::from_secs(2))).await;
    assert_eq!(before.elapsed(), Duration::from_secs(8));

    let streamed =
        call(Duration::from_secs(1)).header("accept", "text/event-stream").to(never()).await;
    assert_eq!(streamed.status, 200);
    assert!(streamed.text().starts_with(r#"data: {"error":"#), "{}", streamed.text());
}

#[tokio::test(start_paused = true)]
async fn when_the_host_shuts_down_a_running_call_is_unavailable() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::testing::NOW.unsigned_abs());
    let shutdown = Shutdown::new();
    let mut invocation = Invocation::new(None, None, now);
    invocation.shutdown = Some(shutdown.signal());
    let started = Arc::new(Notify::new());
    let starts = Arc::clone(&started);
    let never = Callable::new(move |_: CallableRequest<Value>| {
        starts.notify_one();
        pending::<Result<(), HttpsError>>()
    });
    let call = |invocation: &Invocation| Call::with(1).extension(invocation.clone());
    assert_eq!(call(&invocation).to(echo()).await.status, 200);

    let ends = async {
        started.notified().await;
        shutdown.begin();
    };
    // The paused clock advances only when every task waits: if the call does not end, this timeout fails the test at
    // once.
    let patience = Duration::from_secs(3600);
    let answered = tokio::time::timeout(patience, call(&invocation).to(never));
    let (answer, ()) = tokio::join!(answered, ends);
    let answer = answer.expect("the end of the call");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.text(), r#"{"error":{"message":"Unavailable","status":"UNAVAILABLE"}}"#);

    drop(shutdown); // a host that is dropped without a shutdown does not end calls
    assert_eq!(call(&Invocation::default()).to(echo()).await.status, 200);
}

#[tokio::test]
async fn a_client_that_asks_for_a_stream_gets_any_outcome_as_the_only_event() {
    let stream = |call: Call| {
        call.header("accept", "text/event-stream").header("origin", "https://a.example")
    };
    let refused = fails(|| HttpsError::not_found("nf"));
    let cases = [
        (
            stream(Call::with("a\u{2028}b")).to(echo()).await,
            "data: {\"result\":\"a\\u2028b\"}\n\n".to_owned(),
        ),
        (stream(Call::raw("{")).to(echo()).await, format!("data: {BAD}\n\n")),
        (stream(Call::with(1).method("GET")).to(echo()).await, format!("data: {BAD}\n\n")),
        (stream(Call::with(1).bearer("x")).to(echo()).await, format!("data: {UNAUTH}\n\n")),
        (
            stream(Call::with(1)).to(refused).await,
            "data: {\"error\":{\"message\":\"nf\",\"status\":\"NOT_FOUND\"}}\n\n".to_owned(),
        ),
    ];
    for (answer, expected) in cases {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), expected);
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example"));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
    assert_eq!(
        stream(Call::with(1)).to(who()).await.text(),
        "data: {\"result\":{\"uid\":null,\"instanceIdToken\":null,\"streaming\":true}}\n\n"
    );
}

#[tokio::test]
async fn data_that_does_not_fit_the_handlers_type_is_an_invalid_argument() {
    #[derive(serde::Deserialize)]
    struct Input {
        text: String,
    }
    let callable =
        || Callable::new(|request: CallableRequest<Input>| async move { Ok(request.data.text) });
    let int64 = json!({"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": "3"});
    for (data, field, problem) in [
        (json!({"text": 5}), "data.text", "expected a string, found a whole number"),
        (json!({"text": int64}), "data.text", "expected a string, found a whole number"),
        (json!({}), "data.text", "missing"),
        (json!(null), "data", "expected an object, found null"),
    ] {
        let answer = Call::with(data).to(callable()).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.error(),
            json!({"details": {"field": field, "problem": problem}, "message": format!("{field}: {problem}"), "status": "INVALID_ARGUMENT"})
        );
    }
    assert_eq!(
        Call::with(json!({"text": "x", "more": 1})).to(callable()).await.result(),
        json!("x")
    );
}

#[test]
fn debug_shows_neither_answers_nor_users() {
    let body: ResponseBody = bytes::Bytes::from_static(b"not-to-be-seen").into();
    let call = Call::with(json!(1)).signed_in("not-to-be-seen").claim("role", "not-to-be-seen");
    for shown in [format!("{body:?}"), format!("{call:?}")] {
        assert!(!shown.contains("not-to-be-seen") && !shown.contains("role"), "{shown}");
    }
}

/// Callables move between threads, and requests share a service.
#[test]
fn public_types_are_send_and_sync() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Callable>();
    send_and_sync::<crate::callable::CallableService>();
    send_and_sync::<crate::callable::Authenticator>();
    send_and_sync::<crate::AuthData>();
    send_and_sync::<HttpsError>();
    send_and_sync::<CallableRequest<Value>>();
}
