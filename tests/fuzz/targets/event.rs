//! Any bytes as a Lambda event of an HTTP front.
//!
//! Holds: the request is not larger than the event; where the types of aws_lambda_events read the event, too, method,
//! headers and body are the same.

#![no_main]

use std::collections::HashSet;

use aws_lambda_events::{
    alb::AlbTargetGroupRequest,
    apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest},
    lambda_function_urls::LambdaFunctionUrlRequest,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use fuzz::strict;
use http::{HeaderMap, Method, header};
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::fuzzing::{self, Event, data};

/// The members that are read, by the object that has them. Ours may be in any case; theirs only in this one.
const MEMBERS: [&str; 15] = [
    "version",
    "routeKey",
    "requestContext",
    "httpMethod",
    "path",
    "rawPath",
    "rawQueryString",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "headers",
    "multiValueHeaders",
    "cookies",
    "body",
    "isBase64Encoded",
    "http",
];

/// What the other implementation reads of an event.
struct Theirs {
    method: Option<Method>,
    headers: HeaderMap,
    multi_headers: HeaderMap,
    cookies: Vec<String>,
    body: Option<String>,
    is_base64: bool,
}

fn parse<T: DeserializeOwned>(event: &[u8]) -> Option<T> {
    serde_json::from_slice(event).ok()
}

fn theirs(front: &str, event: &[u8]) -> Vec<Theirs> {
    let none = HeaderMap::new;
    let method = |method: Method| Some(method).filter(|it| it != Method::GET); // their default
    match front {
        "rest" => parse(event)
            .into_iter()
            .map(|it: ApiGatewayProxyRequest| Theirs {
                method: method(it.http_method),
                headers: it.headers,
                multi_headers: it.multi_value_headers,
                cookies: Vec::new(),
                body: it.body,
                is_base64: it.is_base64_encoded,
            })
            .collect(),
        "balancer" => parse(event)
            .into_iter()
            .map(|it: AlbTargetGroupRequest| Theirs {
                method: method(it.http_method),
                headers: it.headers,
                multi_headers: it.multi_value_headers,
                cookies: Vec::new(),
                body: it.body,
                is_base64: it.is_base64_encoded,
            })
            .collect(),
        _ => {
            let gateway = parse(event).map(|it: ApiGatewayV2httpRequest| Theirs {
                method: method(it.request_context.http.method),
                headers: it.headers,
                multi_headers: none(),
                cookies: it.cookies.unwrap_or_default(),
                body: it.body,
                is_base64: it.is_base64_encoded,
            });
            let url = parse(event).map(|it: LambdaFunctionUrlRequest| Theirs {
                method: it
                    .request_context
                    .http
                    .method
                    .filter(|it| !it.is_empty())
                    .and_then(|method| method.parse().ok()),
                headers: it.headers,
                multi_headers: none(),
                cookies: it.cookies.unwrap_or_default(),
                body: it.body,
                is_base64: it.is_base64_encoded,
            });
            gateway.into_iter().chain(url).collect()
        }
    }
}

/// Whether the event has only members that both implementations read alike: in the front's own case, and none that only
/// the other fronts have.
fn is_in_one_form(front: &str, event: &Value) -> bool {
    if front == "http" && event.get("multiValueHeaders").is_some() {
        return false;
    }
    let objects = [Some(event), event.get("requestContext"), event.pointer("/requestContext/http")];
    objects.into_iter().flatten().filter_map(Value::as_object).all(|members| {
        members
            .keys()
            .all(|name| MEMBERS.iter().all(|it| it == name || !it.eq_ignore_ascii_case(name)))
    })
}

fn compare(ours: &Event, theirs: &Theirs, event: &Value) {
    let request = &ours.request;
    if let Some(method) = &theirs.method {
        let method = method.as_str().to_ascii_uppercase();
        assert!(ours.has_too_many_headers || request.method() == method.as_str(), "{method}");
    }
    match (&theirs.body, theirs.is_base64) {
        (None, _) => assert!(request.body().is_empty() || !event["body"].is_string()),
        (Some(body), false) => assert_eq!(request.body(), body),
        (Some(body), true) => {
            if let Ok(body) = STANDARD.decode(body) {
                assert_eq!(request.body(), &body);
            }
        }
    }
    if ours.has_too_many_headers {
        return;
    }
    let headers = request.headers();
    for (name, value) in &theirs.multi_headers {
        assert!(
            name == header::COOKIE || headers.get_all(name).iter().any(|it| it == value),
            "{name}"
        );
    }
    for (name, value) in &theirs.headers {
        let is_in = |it: &http::HeaderValue| it == value;
        assert!(
            name == header::COOKIE
                || theirs.multi_headers.contains_key(name)
                || headers.get_all(name).iter().any(is_in),
            "{name}"
        );
    }
    for name in headers.keys() {
        let known = theirs.headers.contains_key(name) || theirs.multi_headers.contains_key(name);
        assert!(known || name == header::COOKIE || name == header::HOST, "{name}");
    }
    if !theirs.cookies.is_empty() {
        let joined = theirs.cookies.join("; ");
        let cookie = headers.get(header::COOKIE).map(|it| it.as_bytes());
        assert!(cookie == Some(joined.as_bytes()) || cookie == Some(b"?"), "{joined:?}");
    }
}

fn check(event: &[u8]) {
    let ours = match fuzzing::event(event) {
        Ok(ours) => ours,
        Err(error) => {
            // The error names a member of the format, and quotes nothing.
            assert!(error.len() < 160, "{error}");
            return;
        }
    };
    let request = &ours.request;
    let headers = request.headers();
    let head: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    assert!(request.body().len() <= event.len());
    assert!(head <= event.len() + 2 * headers.len() + 4, "{head} bytes of headers");
    assert!(
        request.uri().to_string().len() <= 3 * event.len() + 2
            && request.uri().path().starts_with('/')
    );
    let single: HashSet<_> = headers.get_all(header::COOKIE).iter().collect();
    assert!(single.len() <= 1, "several cookie headers");
    let _ = data(request.method(), headers, request.body());

    let Some(value) = strict(event).filter(|it| is_in_one_form(ours.front, it)) else { return };
    for theirs in theirs(ours.front, event) {
        compare(&ours, &theirs, &value);
    }
}

fuzz_target!(|event: &[u8]| check(event));
