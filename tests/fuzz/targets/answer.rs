//! Any value as the result of a handler: the JSON that is sent, its frame in a stream, and its form for each front.
//!
//! Holds: a strict reader gets the same value; NaN and what a client cannot decode are refused, and nothing else is; a
//! client that sends the answer back as `data` is understood.

#![no_main]

use std::cell::Cell;

use bytes::Bytes;
use fuzz::{parse, same, strict};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use libfuzzer_sys::{arbitrary, arbitrary::Arbitrary, fuzz_target};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, SerializeTuple, Serializer};
use serde_json::Value;
use shared::{fuzzing, protocol::data::Document, protocol::json};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    result: Shape<'a>,
    status: u16,
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
    front: u8,
}

/// A value of any kind that serde has.
#[derive(Debug, Arbitrary)]
enum Shape<'a> {
    Unit,
    Bool(bool),
    I8(i8),
    I64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    /// Near the places where JavaScript changes its form of a number.
    Power {
        ten: i8,
        times: i16,
    },
    Char(char),
    Text(&'a str),
    Bytes(&'a [u8]),
    Some(Box<Shape<'a>>),
    Newtype(Box<Shape<'a>>),
    UnitVariant,
    NewtypeVariant(Box<Shape<'a>>),
    Tuple(Box<Shape<'a>>, Box<Shape<'a>>),
    List(Vec<Shape<'a>>),
    Map(Vec<(Key<'a>, Shape<'a>)>),
    Int64Wrapper(Box<Shape<'a>>),
    UInt64Wrapper(Box<Shape<'a>>),
}

#[derive(Debug, Arbitrary)]
enum Key<'a> {
    Text(&'a str),
    Number(i32),
    Large(u64),
    Bool(bool),
    Char(char),
    Type,
    Value,
    HasOwnProperty,
    Proto,
}

thread_local! {
    /// Whether serde_json writes a value for us to compare with.
    static IS_EXPECTED: Cell<bool> = const { Cell::new(false) };
}

const TYPE: &str = "type.googleapis.com/google.protobuf.";

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Large(number) => number.serialize(serializer),
            Self::Bool(value) => value.serialize(serializer),
            Self::Char(value) => value.serialize(serializer),
            Self::Type => "@type".serialize(serializer),
            Self::Value => "value".serialize(serializer),
            Self::HasOwnProperty => "hasOwnProperty".serialize(serializer),
            Self::Proto => "__proto__".serialize(serializer),
        }
    }
}

impl Serialize for Shape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            // We write a whole one as the same double.
            Self::F32(value) if IS_EXPECTED.get() && value.fract() == 0.0 => {
                serializer.serialize_f64(f64::from(*value))
            }
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Power { ten, times } => {
                serializer.serialize_f64(f64::from(*times) * 10f64.powi((*ten).into()))
            }
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Newtype(value) => serializer.serialize_newtype_struct("N", value),
            Self::UnitVariant => serializer.serialize_unit_variant("E", 0, "unit"),
            Self::NewtypeVariant(value) => {
                serializer.serialize_newtype_variant("E", 1, "newtype", value)
            }
            Self::Tuple(one, other) => {
                let mut tuple = serializer.serialize_tuple(2)?;
                tuple.serialize_element(one)?;
                tuple.serialize_element(other)?;
                tuple.end()
            }
            Self::List(items) => {
                let mut list = serializer.serialize_seq(None)?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Int64Wrapper(value) => wrapper(serializer, "Int64Value", value),
            Self::UInt64Wrapper(value) => wrapper(serializer, "UInt64Value", value),
        }
    }
}

fn wrapper<S: Serializer>(serializer: S, kind: &str, value: &Shape<'_>) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("@type", &format!("{TYPE}{kind}"))?;
    map.serialize_entry("value", value)?;
    map.end()
}

impl Shape<'_> {
    /// Whether each number in it is finite.
    fn is_finite(&self) -> bool {
        match self {
            Self::F32(value) => value.is_finite(),
            Self::F64(value) => value.is_finite(),
            Self::Power { ten, times } => {
                (f64::from(*times) * 10f64.powi((*ten).into())).is_finite()
            }
            Self::Some(inner)
            | Self::Newtype(inner)
            | Self::NewtypeVariant(inner)
            | Self::Int64Wrapper(inner)
            | Self::UInt64Wrapper(inner) => inner.is_finite(),
            Self::Tuple(one, other) => one.is_finite() && other.is_finite(),
            Self::List(items) => items.iter().all(Self::is_finite),
            Self::Map(members) => members.iter().all(|(_, value)| value.is_finite()),
            _ => true,
        }
    }
}

/// Whether each client decodes a value, by the rules of their decoders, on the value as a tree.
fn is_readable(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_readable),
        Value::Object(members) => {
            let kind = members.get("@type").filter(|kind| !is_falsy(kind));
            let Some(kind) = kind else {
                return !members.contains_key("hasOwnProperty")
                    && members.values().all(is_readable);
            };
            let number = members.get("value").and_then(|value| match value {
                Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
                Value::String(text) => text.parse().ok().filter(|it: &i64| it.to_string() == *text),
                _ => None,
            });
            match (kind.as_str().and_then(|kind| kind.strip_prefix(TYPE)), number) {
                (Some("Int64Value"), Some(_)) => true,
                (Some("UInt64Value"), Some(number)) => number >= 0,
                _ => false,
            }
        }
        _ => true,
    }
}

/// The integer that a whole float is written as.
fn whole(number: f64) -> Option<i64> {
    // 2^63 is no i64, and rounds to the same double as the largest one.
    (number.fract() == 0.0
        && (-9.223_372_036_854_775_808e18..9.223_372_036_854_775_808e18).contains(&number))
    .then_some(number as i64)
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// What is written is what serde_json writes, but for the form of numbers.
fn check_result(shape: &Shape<'_>) {
    let written = json::result(shape);
    IS_EXPECTED.set(true);
    let plain = serde_json::to_vec(shape);
    IS_EXPECTED.set(false);
    let Ok(plain) = plain else {
        assert!(written.is_err(), "written: {shape:?}"); // a map key that JSON cannot have
        return;
    };
    let expected = parse(&plain).expect("JSON");
    // Of two members with one name, serde_json's value has the last one; so has every reader of the text.
    let has_repeated = || strict(&plain).is_none();
    if !shape.is_finite() {
        assert!(written.is_err(), "NaN is written");
        return;
    }
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            assert!(!is_readable(&expected) || has_repeated(), "{error}: {expected}");
            return;
        }
    };
    assert!(is_readable(&expected) || has_repeated(), "not readable: {expected}");
    let read = parse(&written).expect("JSON");
    let result = &read["result"];
    assert!(same(result, &expected), "{result} is not {expected}");
    is_one_frame(&written, &read);
    is_understood_as_data(result);
}

/// Each client's reader of lines finds one line with the whole document.
fn is_one_frame(json: &[u8], document: &Value) {
    let frame = String::from_utf8(fuzzing::frame(json)).expect("UTF-8");
    let line = frame.strip_prefix("data: ").and_then(|rest| rest.strip_suffix("\n\n"));
    let line = line.expect("one line");
    assert!(!line.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']), "{line:?}");
    assert_eq!(parse(line.as_bytes()).as_ref(), Some(document));
}

/// An answer without wrappers is the same when it comes back as `data`.
fn is_understood_as_data(result: &Value) {
    let mut is_special = false;
    fuzz::names(result, &mut |name| is_special |= ["@type", "__proto__"].contains(&name));
    if is_special {
        return;
    }
    let text = result.to_string();
    let read =
        Document::check(text.into(), usize::MAX).and_then(|document| document.fit::<Value>());
    match read {
        Ok(read) => assert!(same(&read, result), "{read} is not {result}"),
        Err(error) => {
            assert!(fuzz::depth(result) > 256 || error.to_string().contains("reserved"), "{error}")
        }
    }
}

const FRONTS: [&str; 3] = [
    r#"{"httpMethod":"POST"}"#,
    r#"{"requestContext":{"http":{"method":"POST"}}}"#,
    r#"{"httpMethod":"POST","requestContext":{"elb":{}}}"#,
];

/// A front reads status, headers and body as the service gave them.
fn check_answer(input: &Input<'_>) {
    let mut response = Response::new(Bytes::copy_from_slice(input.body));
    *response.status_mut() = StatusCode::from_u16(input.status).unwrap_or_default();
    for (name, value) in &input.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        {
            response.headers_mut().append(name, value);
        }
    }
    let status = response.status().as_u16();
    let event = FRONTS[usize::from(input.front) % FRONTS.len()];
    let json = fuzzing::answer(event.as_bytes(), response).expect("an answer for the front");
    let read = strict(&json).expect("JSON without repeated names");
    assert_eq!(read["statusCode"], status);
    let body = read["body"].as_str().unwrap_or_default();
    let body = match read["isBase64Encoded"].as_bool().expect("a boolean") {
        true => base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap(),
        false => body.as_bytes().to_vec(),
    };
    assert_eq!(body, input.body);
}

fuzz_target!(|input: Input| {
    check_result(&input.result);
    check_answer(&input);
});
