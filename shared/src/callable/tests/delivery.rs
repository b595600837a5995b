//! Answers that cannot be sent: too large for the host, or not decodable by a client.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tower_service::Service;

use super::*;
use crate::{
    Invocation,
    callable::{HostLimit, HttpFunction},
    testing::{FixedClock, NOW, authenticator},
};

/// An invocation of a host that sends bodies of at most `most` bytes.
fn front(most: usize) -> Invocation {
    Invocation { limit: HostLimit::Body { max_len: most }, ..Invocation::default() }
}

#[tokio::test]
async fn an_answer_too_large_for_the_host_is_internal_whichever_part_is_too_large() {
    let fails_with = |error: fn(String) -> HttpsError| {
        move || {
            Callable::new(move |request: CallableRequest<String>| async move {
                Err::<(), _>(error(request.data))
            })
        }
    };
    let message = fails_with(HttpsError::not_found);
    let details = fails_with(|text| HttpsError::not_found("").with_details(text));
    let deep = fails_with(|text| HttpsError::not_found("").with_details(json!([{ "a": text }])));
    let result =
        || Callable::new(|request: CallableRequest<String>| async move { Ok(request.data) });
    let made: [(&str, &dyn Fn() -> Callable); 4] =
        [("result", &result), ("message", &message), ("details", &details), ("deep", &deep)];
    for (name, callable) in made {
        for streaming in [false, true] {
            let call = |length: usize, most: usize| {
                let call = Call::with("x".repeat(length)).extension(front(most));
                if streaming { call.streaming() } else { call }.to(callable())
            };
            let whole = call(2_000, usize::MAX).await;
            let fits = whole.text().len();
            assert!(fits > 2_000 && !whole.text().contains("INTERNAL"), "{name}: {}", whole.text());
            assert_eq!(call(2_000, fits).await.text(), whole.text(), "{name}");
            let too_large = call(2_001, fits).await;
            assert_eq!(
                too_large.error(),
                json!({"message": "INTERNAL", "status": "INTERNAL"}),
                "{name}"
            );
            assert_eq!(too_large.status, if streaming { 200 } else { 500 }, "{name}");
        }
    }
}

#[tokio::test]
async fn the_headers_of_an_answer_count_towards_its_limit() {
    let limit = HostLimit::Json { max_len: 3_000, header_copies: 2 };
    let call = |origin: &str| {
        let invocation = Invocation { limit, ..Invocation::default() };
        let call = Call::with("x".repeat(600)).header("origin", origin).extension(invocation);
        call.to(echo())
    };
    assert_eq!(call("https://a.example").await.status, 200);
    let long = format!("https://{}.example", "a".repeat(200));
    let answer = call(&long).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (500, INTERNAL));
    assert_eq!(answer.header("access-control-allow-origin"), Some(&*long));
}

#[tokio::test]
async fn an_http_functions_answer_has_the_same_limit() {
    let answer = async |length: usize, fails: bool, most: usize| {
        let handler = move |_| async move {
            let text = "x".repeat(length);
            if fails { Err(HttpsError::not_found(text)) } else { Ok(json!(text)) }
        };
        let clock = Arc::new(FixedClock::at(NOW.unsigned_abs()));
        let mut function = HttpFunction::new("hook", clock, handler);
        let mut request = http::Request::new(Full::new(Bytes::new()));
        *request.method_mut() = http::Method::POST;
        request.extensions_mut().insert(front(most));
        let Ok(response) = function.call(request).await;
        let status = response.status().as_u16();
        let Ok(body) = response.into_body().collect().await;
        (status, String::from_utf8(body.to_bytes().to_vec()).unwrap())
    };
    for (fails, status) in [(false, 200), (true, 404)] {
        let (_, whole) = answer(2_000, fails, usize::MAX).await;
        assert_eq!(answer(2_000, fails, whole.len()).await, (status, whole.clone()));
        assert_eq!(answer(2_001, fails, whole.len()).await, (500, INTERNAL.to_owned()));
    }
}

#[tokio::test]
async fn a_result_or_details_that_a_client_cannot_decode_become_internal() {
    let any = json!({"type.googleapis.com": 1, "value": {"@type": ""}});
    for (value, is_readable) in [
        (json!({"a": [{"@type": "type.googleapis.com/google.rpc.BadRequest"}]}), false),
        (json!({"hasOwnProperty": true}), false),
        (any, true),
    ] {
        let (given, error_given) = (value.clone(), value.clone());
        let result =
            Callable::new(move |_: CallableRequest<()>| std::future::ready(Ok(given.clone())));
        let details = Callable::new(move |_: CallableRequest<()>| {
            let error = HttpsError::not_found("nf").with_details(&error_given);
            std::future::ready(Err::<(), _>(error))
        });
        for (callable, status) in [(result, 200), (details, 404)] {
            let service = callable.into_service(authenticator());
            let answer = Call::with(()).to_service(&service).await;
            assert_eq!(answer.status, if is_readable { status } else { 500 }, "{value}");
            assert_eq!(answer.text() == INTERNAL, !is_readable, "{value}");
            let streamed = Call::with(()).streaming().to_service(&service).await;
            let is_internal = streamed.text() == format!("data: {INTERNAL}\n\n");
            assert_eq!(is_internal, !is_readable, "{value}");
        }
    }
}
