//! 64-bit integers in: `{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"3"}`.
//! Android wraps every `Long`, iOS every 64-bit integer, however small, at any depth.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `decode`.

use serde_json::{Map, Number, Value};

use super::{
    DataError,
    path::{Path, Step},
};

const INT64: &str = "type.googleapis.com/google.protobuf.Int64Value";
const UINT64: &str = "type.googleapis.com/google.protobuf.UInt64Value";

/// Unwraps in place, at any depth.
pub(super) fn unwrap(value: &mut Value) -> Result<(), DataError> {
    inside(value).map_err(|(path, problem)| DataError::new(path, problem))
}

type Failure = (Path, &'static str);

fn inside(value: &mut Value) -> Result<(), Failure> {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                inside(item).map_err(|failure| outward(failure, Step::Index(index)))?;
            }
        }
        Value::Object(members) => match members.get("@type") {
            Some(kind) if is_truthy(kind) => {
                *value = number(members).map_err(|problem| (Path::default(), problem))?;
            }
            _ => {
                for (name, member) in members.iter_mut() {
                    inside(member)
                        .map_err(|failure| outward(failure, Step::Member(name.clone())))?;
                }
            }
        },
        _ => {}
    }
    Ok(())
}

fn outward((mut path, problem): Failure, step: Step) -> Failure {
    path.push_outer(step);
    (path, problem)
}

/// JavaScript's notion: an `@type` that is false, null, 0 or "" is an ordinary member.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// The number in a wrapper. Members beside `@type` and `value` are not looked at.
fn number(wrapper: &Map<String, Value>) -> Result<Value, &'static str> {
    match wrapper.get("@type") {
        Some(Value::String(kind)) if kind == INT64 || kind == UINT64 => wrapper
            .get("value")
            .and_then(parse_number)
            .map(Value::Number)
            .ok_or("a 64-bit integer without a number in its value"),
        _ => Err("an @type that is not known"),
    }
}

/// P7: what JavaScript's `parseFloat` accepts. DIFFERENCE: whole numbers of 64 bits stay exact, where
/// the reference rounds them to a double.
fn parse_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => parse_text(text.trim_start()),
        // JavaScript joins the items of an array with commas, and reads up to the first.
        Value::Array(items) => items.first().and_then(parse_number),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

fn parse_text(text: &str) -> Option<Number> {
    let whole = text.trim_end();
    let exact =
        whole.parse::<i64>().map(Number::from).or_else(|_| whole.parse::<u64>().map(Number::from));
    exact.ok().or_else(|| text.get(..float_length(text))?.parse().ok().and_then(from_double))
}

/// Whole doubles become integers, so that `1e3` fits an integer field.
fn from_double(double: f64) -> Option<Number> {
    const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0; // 2^53
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if double.fract() == 0.0 && double.abs() <= EXACT_UP_TO {
        return Some((double as i64).into());
    }
    Number::from_f64(double)
}

/// How many bytes of `text` are a decimal number with optional fraction and exponent.
fn float_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits_from =
        |start: usize| bytes.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
    let sign = |at: usize| usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));

    let start = sign(0);
    let whole = digits_from(start);
    let mut end = start + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits_from(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + sign(end + 1);
        let digits = digits_from(exponent);
        if digits > 0 {
            end = exponent + digits;
        }
    }
    end
}
