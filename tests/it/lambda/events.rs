//! Contents of events: a handler sees the same request behind every front, and events that no front sends are answered
//! or refused.

use serde_json::Map;

use super::*;
use crate::support::plain_server::{PlainServer, rest};

const TARGET: &str = "/notes/a%20b?q=x%20y&q=%C3%A9&empty=";

/// The same request as an event of this front, made from a recorded one.
fn behind(front: &str, recorded: &str, call: &str) -> Event {
    let event = Event::post(recorded, call).header("host", &["api.example.com"]);
    let cookies = |event: Event| event.header("cookie", &["a=1; b=2"]);
    match front {
        "REST API" => cookies(event)
            .member("path", json!("/notes/a%20b"))
            .member("queryStringParameters", json!({"q": "é", "empty": ""}))
            .member("multiValueQueryStringParameters", json!({"q": ["x y", "é"], "empty": [""]})),
        "HTTP API" => event
            .member("rawPath", json!("/notes/a b"))
            .member("rawQueryString", json!("q=x%20y&q=%C3%A9&empty="))
            .member("cookies", json!(["a=1", "b=2"])),
        "Function URL" => cookies(event)
            .member("rawPath", json!("/notes/a%20b"))
            .member("rawQueryString", json!("q=x%20y&q=%C3%A9&empty="))
            .member("cookies", json!(["a=1", "b=2"])),
        "ALB, multi-value" => {
            event.header("cookie", &["a=1", "b=2"]).member("path", json!("/notes/a%20b")).member(
                "multiValueQueryStringParameters",
                json!({"q": ["x%20y", "%C3%A9"], "empty": [""]}),
            )
        }
        // The single-value form has one value per name, the last.
        "ALB" => cookies(event)
            .member("path", json!("/notes/a%20b"))
            .member("queryStringParameters", json!({"q": "%C3%A9", "empty": ""})),
        _ => panic!("{front}"),
    }
}

#[tokio::test]
async fn a_handler_sees_the_same_request_behind_every_front_and_over_plain_http() {
    let call = r#"{"data":{"do":"raw request"}}"#;
    let plain = PlainServer::start(misbehaving(), &[]).await;
    let request = format!(
        "POST {TARGET} HTTP/1.1\r\nhost: api.example.com\r\ncookie: a=1; b=2\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{call}",
        call.len()
    );
    let answer = rest(&mut plain.send(request).await).await;
    let (_, expected) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(expected).unwrap()["result"],
        json!({
            "method": "POST", "uri": TARGET, "host": ["api.example.com"], "cookie": ["a=1; b=2"],
            "body": call.len(),
        })
    );

    let (api, _process) = misbehaving_lambda(&[]).await;
    for (front, recorded) in FRONTS {
        let answer = api.answer(&behind(front, recorded, call)).await;
        let expected = match front {
            "ALB" => expected.replace("q=x%20y&", ""),
            _ => expected.to_owned(),
        };
        assert_eq!((answer.status, answer.body), (200, expected), "{front}");
    }
}

/// The caller's token could be among the headers that do not fit, so the call is refused, not served without the token.
#[tokio::test]
async fn too_many_headers_are_refused_in_protocol_form() {
    for mode in ["buffered", "stream"] {
        let lambda = lambda(&[("CALLABLE_RESPONSE_MODE", mode)]).await;
        for (front, recorded) in FRONTS {
            let crowd =
                |values: fn(String) -> serde_json::Value| -> Map<String, serde_json::Value> {
                    let origin = [("origin".to_owned(), values("https://app.example".to_owned()))];
                    let accept = [("accept".to_owned(), values("*/*".to_owned()))];
                    let others = (0..40_000).map(|n| (format!("x-{n}"), values(n.to_string())));
                    origin.into_iter().chain(accept).chain(others).collect()
                };
            let single = crowd(|value| json!(value));
            let several = crowd(|value| json!([value]));
            let event = Event::post(recorded, CALL).member("headers", single.into());
            let event = match front {
                "REST API" | "ALB, multi-value" => {
                    event.member("multiValueHeaders", several.into())
                }
                _ => event,
            };
            let answer = lambda.api.reply(&event.json(), Deadline::Absurd).await.into_answer();
            expect(&format!("{mode}: {front}"), &answer, 400, BAD);
            let next = Event::post(recorded, CALL).json();
            let answer = lambda.api.reply(&next, Deadline::Absurd).await.into_answer();
            expect(&format!("{mode}: {front}: the next"), &answer, 401, SIGNED_OUT);
        }
        lambda.process.line_with("refused: too many headers").await;
        assert!(!lambda.process.output().contains("panic"), "{}", lambda.process.output());
    }
}

/// Fronts accept only printable ASCII in the headers of an answer and in the prelude of a stream.
#[tokio::test]
async fn an_origin_or_header_list_that_is_not_printable_ascii_is_not_echoed() {
    for mode in ["buffered", "stream"] {
        let lambda = lambda(&[("CALLABLE_RESPONSE_MODE", mode)]).await;
        for (front, recorded) in FRONTS {
            for odd in ["https://é.example", "https://a.example\u{a0}", "\u{1F980}"] {
                let call = Event::post(recorded, CALL).header("origin", &[odd]);
                let preflight = Event::post(recorded, "")
                    .method("OPTIONS")
                    .header("origin", &[odd])
                    .header("access-control-request-headers", &[odd]);
                for (event, status) in [(call, 401), (preflight, 204)] {
                    let reply = lambda.api.reply(&event.json(), Deadline::Absurd).await;
                    assert!(!reply.failed, "{mode}: {front}: {odd}");
                    let answer = reply.into_answer();
                    assert_eq!(answer.status, status, "{mode}: {front}: {odd}");
                    assert_eq!(
                        answer.header("access-control-allow-origin"),
                        None,
                        "{mode}: {front}"
                    );
                    assert_eq!(
                        answer.header("access-control-allow-headers"),
                        None,
                        "{mode}: {front}"
                    );
                    assert!(answer.header("vary").is_some(), "{mode}: {front}");
                    let ascii = answer.headers.values().flatten().all(|value| value.is_ascii());
                    assert!(ascii, "{mode}: {front}: {:?}", answer.headers);
                }
            }
        }
    }
}

#[tokio::test]
async fn events_that_a_person_writes_are_answered() {
    let lambda = lambda(&[]).await;
    let signed_in = format!("Bearer {}", token("ada"));
    let data = json!({"data": {"text": "some message"}});
    let headers = json!({"Content-Type": "application/json", "Authorization": signed_in, "Content-Length": 5});
    let result = r#"{"result":{"message":"Authenticated message 'some message' from user ada."}}"#;
    for event in [
        json!({"httpMethod": "POST", "headers": headers, "body": data.to_string()}),
        json!({"httpMethod": "POST", "headers": headers, "body": data}),
        json!({"HttpMethod": "POST", "Path": "/a", "Headers": headers, "Body": data.to_string()}),
        json!({
            "version": "2.0", "routeKey": "POST /a", "rawPath": "/a", "path": "/a", "headers": headers,
            "requestContext": null, "body": data.to_string(), "isBase64Encoded": "false",
        }),
        json!({
            "httpMethod": "POST", "path": "/a", "rawPath": "/b", "headers": headers, "body": data.to_string(),
            "requestContext": {"http": {"method": "POST"}}, "version": "1.0",
        }),
    ] {
        let answer = lambda.api.reply(&event.to_string(), Deadline::Absurd).await.into_answer();
        assert_eq!((answer.status, answer.body.as_str()), (200, result), "{event}");
    }
}
