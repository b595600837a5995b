//! The functions that are plain HTTP handlers in the SDKs' suites: they build their answers themselves, do not verify
//! tokens and do not unwrap `data`.

use std::{future::ready, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use tests::{Raw, RawAnswer};
use tokio::time::sleep;

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";

/// Handlers, each with its name in the suites of the iOS and Android SDKs, and its name in that of the Web SDK.
pub(crate) const RAW: [(&[&str], Raw); 15] = [
    (&["dataTest", "dataTestv2"], data_test),
    (&["scalarTest", "scalarTestv2"], scalar_test),
    (&["tokenTest", "tokenTestv2"], token_test),
    (&["instanceIdTest", "instanceIdTestv2", "FCMTokenTest"], instance_id_test),
    (&["appCheckTestv2"], app_check_echo),
    (&["appCheckTest"], app_check_test),
    (&["appCheckLimitedUseTest"], app_check_limited_use_test),
    (&["nullTest", "nullTestv2"], null_test),
    (&["missingResultTest", "missingResultTestv2"], missing_result_test),
    (&["unhandledErrorTest", "unhandledErrorTestv2"], unhandled_error_test),
    (&["unknownErrorTest", "unknownErrorTestv2"], unknown_error_test),
    (&["explicitErrorTest", "explicitErrorTestv2"], explicit_error_test),
    (&["httpErrorTest", "httpErrorTestv2"], http_error_test),
    (&["timeoutTest", "timeoutTestv2"], timeout_test),
    (&["rawEcho"], raw_echo),
];

fn answer(status: u16, body: impl ToString) -> RawAnswer {
    let mut response = Response::new(body.to_string());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Box::pin(ready(response))
}

/// Answers `reply` if the request is the expected one, otherwise 500.
fn expecting(met: bool, reply: Value) -> RawAnswer {
    if met { answer(200, reply) } else { answer(500, "the request is not the expected one") }
}

fn data(body: &Bytes) -> Value {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    envelope.get("data").cloned().unwrap_or(json!("no data"))
}

fn has_header(head: &Parts, name: &str, value: &str) -> bool {
    head.headers.get(name).is_some_and(|found| found == value)
}

fn data_test(_: Parts, body: Bytes) -> RawAnswer {
    let long = |text: &str| json!({"@type": INT64, "value": text});
    let base = json!({"bool": true, "int": 2, "array": [5, 6], "null": null});
    let with = |text: &str, more: Option<Value>| {
        let mut data = base.clone();
        data[text] = json!("four");
        if let Some(more) = more {
            data["long"] = more;
        }
        data
    };
    let expected = [
        with("str", None),
        with("string", Some(long("3"))),
        with("str", Some(long("3"))),
        with("string", Some(long("9876543210"))),
        with("str", Some(long("9876543210"))),
    ];
    let reply = json!({"data": {"message": "stub response", "code": 42, "long": {"value": "420", "@type": INT64}}});
    expecting(expected.contains(&data(&body)), reply)
}

fn scalar_test(_: Parts, body: Bytes) -> RawAnswer {
    expecting(data(&body) == 17, json!({"data": 76}))
}

fn token_test(head: Parts, body: Bytes) -> RawAnswer {
    let met = has_header(&head, "authorization", "Bearer token") && data(&body) == json!({});
    expecting(met, json!({"data": {}}))
}

fn instance_id_test(head: Parts, body: Bytes) -> RawAnswer {
    let header = "firebase-instance-id-token";
    let met = has_header(&head, header, "iid") || has_header(&head, header, "fakeFCMToken");
    expecting(met && data(&body) == json!({}), json!({"data": {}}))
}

fn app_check_echo(head: Parts, _: Bytes) -> RawAnswer {
    let token = head.headers.get("x-firebase-appcheck").and_then(|value| value.to_str().ok());
    answer(200, json!({"data": {"token": token}}))
}

fn app_check_test(head: Parts, _: Bytes) -> RawAnswer {
    expecting(has_header(&head, "x-firebase-appcheck", "appCheck"), json!({"data": {}}))
}

fn app_check_limited_use_test(head: Parts, _: Bytes) -> RawAnswer {
    expecting(has_header(&head, "x-firebase-appcheck", "appCheck-limited-use"), json!({"data": {}}))
}

fn null_test(_: Parts, body: Bytes) -> RawAnswer {
    expecting(data(&body).is_null(), json!({"data": null}))
}

fn missing_result_test(_: Parts, body: Bytes) -> RawAnswer {
    expecting(data(&body).is_null(), json!({}))
}

fn unhandled_error_test(_: Parts, _: Bytes) -> RawAnswer {
    answer(500, "nope")
}

fn unknown_error_test(_: Parts, _: Bytes) -> RawAnswer {
    answer(
        400,
        json!({"error": {"status": "THIS_IS_NOT_VALID", "message": "this should be ignored"}}),
    )
}

fn explicit_error_test(_: Parts, _: Bytes) -> RawAnswer {
    let details = json!({"start": 10, "end": 20, "long": {"value": "30", "@type": INT64}});
    answer(
        400,
        json!({"error": {"status": "OUT_OF_RANGE", "message": "explicit nope", "details": details}}),
    )
}

/// Returns headers and body of the request, for tests of what clients send.
fn raw_echo(head: Parts, body: Bytes) -> RawAnswer {
    let headers: serde_json::Map<String, Value> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    answer(200, json!({"data": {"headers": headers, "body": String::from_utf8_lossy(&body)}}))
}

fn http_error_test(_: Parts, _: Bytes) -> RawAnswer {
    answer(400, "")
}

fn timeout_test(_: Parts, _: Bytes) -> RawAnswer {
    Box::pin(async {
        sleep(Duration::from_millis(500)).await;
        answer(200, json!({"data": true})).await
    })
}
