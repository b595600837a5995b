//! Any answer of the Runtime API, which is one invocation: id, head, event. The service echoes.
//!
//! Holds: an invocation is answered at once, with a result or an error of its own id; no head leads to another path.

#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};
use shared::fuzzing::{event, invocation};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    id: &'a str,
    /// lambda_runtime panics where the Runtime API sends none, so there is always one.
    deadline_ms: u64,
    /// Any others.
    headers: Vec<(Name<'a>, &'a [u8])>,
    streams: bool,
    event: &'a [u8],
}

#[derive(Debug, Arbitrary)]
enum Name<'a> {
    Trace,
    Arn,
    ClientContext,
    Identity,
    InvocationId,
    Tenant,
    Other(&'a str),
}

impl Name<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Trace => "lambda-runtime-trace-id",
            Self::Arn => "lambda-runtime-invoked-function-arn",
            Self::ClientContext => "lambda-runtime-client-context",
            Self::Identity => "lambda-runtime-cognito-identity",
            Self::InvocationId => "lambda-runtime-invocation-id",
            Self::Tenant => "lambda-runtime-aws-tenant-id",
            Self::Other(name) => name,
        }
    }
}

fn head(input: &Input<'_>) -> HeaderMap {
    let mut head = HeaderMap::new();
    let mut add = |name: &str, value: &[u8]| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            head.append(name, value);
        }
    };
    for (name, value) in &input.headers {
        add(name.text(), value);
    }
    add("lambda-runtime-deadline-ms", input.deadline_ms.to_string().as_bytes());
    head
}

fuzz_target!(|input: Input| {
    let head = head(&input);
    let event_bytes = bytes::Bytes::copy_from_slice(input.event);
    let Ok(sent) = invocation(input.id, &head, event_bytes, input.streams) else { return };
    let path = sent.path.strip_prefix("/2018-06-01/runtime/invocation/").expect("its path");
    let is_event = event(input.event).is_ok();
    let is_failure = sent.headers.contains_key("lambda-runtime-function-error-type");
    assert!(is_event || is_failure, "an answer to what is no event");
    let id = "lambda-runtime-invocation-id";
    assert_eq!(sent.headers.get(id), head.get(id));
    // An id is only a part of the path if it is one segment of characters that need no escape.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !input.id.is_empty() && input.id.bytes().all(is_plain) {
        let end = if is_failure { "error" } else { "response" };
        assert_eq!(path, format!("{}/{end}", input.id));
    }
    if !input.streams || is_failure {
        let _: serde_json::Value = serde_json::from_slice(&sent.body).expect("JSON");
    }
});
