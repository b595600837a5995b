//! Any bytes as the body of a call: the envelope, then `data` as values of several types. The first byte selects the
//! headers.
//!
//! Holds: whatever a handler's type reads is what the policy's `Value` has; a text without wrappers and repeated names
//! is read as serde_json reads it; bytes that are not UTF-8 mean U+FFFD.

#![no_main]

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use fuzz::{depth, names, parse, strict};
use http::{HeaderMap, HeaderValue, Method, header};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use shared::{
    Int64,
    fuzzing::data,
    protocol::data::{DataError, Document, MAX_DEPTH, default_budget},
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Dot,
    Circle(f64),
    Line(i32, i32),
    Polygon { points: Vec<(i16, i16)>, name: Option<String> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: u32,
    #[serde(default)]
    text: String,
    value: Option<f32>,
    #[serde(default)]
    children: Vec<Node>,
    #[serde(default)]
    tags: BTreeMap<String, bool>,
    next: Option<Box<Node>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exact {
    a: u8,
    b: char,
    #[serde(rename = "@type")]
    kind: Option<String>,
}

fn headers(choice: u8) -> HeaderMap {
    let content_types = ["application/json", "application/json; charset=utf-8", "text/plain", ""];
    let mut headers = HeaderMap::new();
    let content_type = HeaderValue::from_static(content_types[usize::from(choice & 3)]);
    headers.insert(header::CONTENT_TYPE, content_type);
    headers
}

fn read(body: &Bytes) -> Option<Bytes> {
    data(&Method::POST, &headers(0), body).ok()
}

/// The handler's type, read by us and by serde_json from the policy's value: the same.
fn policy_sees_what_the_handler_gets<T: DeserializeOwned + Serialize>(
    document: &Document,
    policy: &Value,
) {
    let handler = document.fit::<T>();
    if let Ok(handler) = handler
        && let Ok(written) = serde_json::to_value(&handler)
        && let Ok(expected) = serde_json::from_value::<T>(policy.clone())
    {
        assert_eq!(written, serde_json::to_value(&expected).unwrap());
    }
}

/// In addition, of these types each value that serde_json reads is read by us, too, and the other way round.
fn is_read_as_by_serde_json<T: DeserializeOwned + Serialize>(document: &Document, policy: &Value) {
    let handler = document.fit::<T>().map(|value| serde_json::to_value(value).unwrap());
    let expected = serde_json::from_value::<T>(policy.clone());
    match (handler, expected) {
        (Ok(handler), Ok(expected)) => {
            assert_eq!(handler, serde_json::to_value(&expected).unwrap());
        }
        (Err(_), Err(_)) => {}
        (Ok(handler), Err(error)) => panic!("serde_json refuses {handler}: {error}"),
        (Err(error), Ok(_)) => panic!("only serde_json reads it: {error}"),
    }
}

/// What the policy gets is what serde_json reads, unless the text has a name that means something to us.
fn is_plain_json(text: &[u8], policy: &Result<Value, DataError>) {
    let Some(expected) = strict(text) else { return };
    let mut is_special = false;
    names(&expected, &mut |name| {
        is_special |= name == "@type" || name == "__proto__" || name.starts_with("$serde_json::");
    });
    if !is_special && depth(&expected) <= MAX_DEPTH {
        assert_eq!(policy.as_ref().ok(), Some(&expected), "{policy:?}");
    }
}

fn check_data(text: &Bytes) {
    let Ok(document) = Document::check(text.clone(), default_budget(text.len())) else {
        if let Some(value) = strict(text) {
            let mut has_type = false;
            names(&value, &mut |name| has_type |= name == "@type" || name.starts_with('$'));
            assert!(has_type || depth(&value) > MAX_DEPTH, "refused: {value}");
        }
        return;
    };
    let policy = document.fit::<Value>();
    is_plain_json(text, &policy);
    let Ok(policy) = policy else { return };
    let raw: Box<RawValue> = document.fit().expect("what a policy reads is JSON");
    assert_eq!(parse(raw.get().as_bytes()).as_ref(), Some(&policy), "{raw}");
    policy_sees_what_the_handler_gets::<Node>(&document, &policy);
    policy_sees_what_the_handler_gets::<Exact>(&document, &policy);
    policy_sees_what_the_handler_gets::<Shape>(&document, &policy);
    policy_sees_what_the_handler_gets::<Vec<Shape>>(&document, &policy);
    policy_sees_what_the_handler_gets::<Int64>(&document, &policy);
    is_read_as_by_serde_json::<bool>(&document, &policy);
    is_read_as_by_serde_json::<String>(&document, &policy);
    is_read_as_by_serde_json::<Vec<String>>(&document, &policy);
    is_read_as_by_serde_json::<HashMap<String, Value>>(&document, &policy);
    is_read_as_by_serde_json::<Vec<f64>>(&document, &policy);
    is_read_as_by_serde_json::<Option<Vec<u8>>>(&document, &policy);
    is_read_as_by_serde_json::<BTreeMap<String, Option<i64>>>(&document, &policy);
    is_read_as_by_serde_json::<(Value, Option<bool>)>(&document, &policy);
    is_read_as_by_serde_json::<BTreeMap<i16, Vec<u64>>>(&document, &policy);
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let body = Bytes::copy_from_slice(body);
    let read_body = read(&body);
    let selected = data(&Method::POST, &headers(*choice), &body);
    assert_eq!(selected.is_ok(), read_body.is_some() && choice & 3 < 2, "by its media type");
    assert!(data(&Method::GET, &headers(0), &body).is_err(), "only POST");

    // Each byte that is not UTF-8 means U+FFFD, and only inside a string.
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let of_lossy = read(&lossy(&body).into());
    assert_eq!(read_body.as_deref().map(lossy), of_lossy.as_deref().map(lossy));

    let Some(text) = read_body else {
        let json = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
        let is_envelope = strict(json).is_some_and(|value| {
            value.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("data"))
        });
        assert!(!is_envelope, "an envelope that is refused");
        return;
    };
    check_data(&text);
    // Also with a budget so small that the value may not fit.
    if let Ok(document) = Document::check(text.clone(), 64)
        && let Ok(small) = document.fit::<Value>()
    {
        let document = Document::check(text.clone(), default_budget(text.len())).unwrap();
        assert_eq!(document.fit::<Value>().ok(), Some(small));
    }
});
