//! Any JSON value stays the same when it is decoded and encoded again, with and without wrappers.

use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use super::tests::decoded;
use crate::protocol::json;

/// Any value that a client can send, including 64-bit integers, except for wrappers and `__proto__`.
pub(super) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("a finite number", |number| {
            Number::from_f64(number).map(Value::Number)
        }),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let member = "[^@_].{0,8}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((member, inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// The value with its integers in wrappers, as mobile SDKs send them.
pub(super) fn wrapped(value: &Value) -> Value {
    const TYPE: &str = "type.googleapis.com/google.protobuf.";
    match value {
        Value::Array(items) => items.iter().map(wrapped).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), wrapped(value))).collect()
        }
        Value::Number(number) if number.is_i64() => {
            json!({"@type": format!("{TYPE}Int64Value"), "value": number.to_string()})
        }
        Value::Number(number) if number.is_u64() => {
            json!({"@type": format!("{TYPE}UInt64Value"), "value": number.to_string()})
        }
        other => other.clone(),
    }
}

/// The value, decoded and encoded as a result. A whole float becomes an integer, as in JavaScript.
fn decoded_and_encoded(value: &Value) -> Value {
    let decoded = decoded(&value.to_string()).unwrap();
    let body = json::result(&decoded).unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["result"].take()
}

/// Whether two values are equal. A float equals the integer of the same value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            one.as_f64() == other.as_f64()
        }
        (one, other) => one == other,
    }
}

proptest! {
    #[test]
    fn text_that_is_not_json_is_read_to_its_end_without_a_panic(text in "[\\[\\]{}\",:\\\\u0-9a-f tn@_-]{0,60}|.{0,60}") {
        let _ = decoded(&text);
        let _ = super::tests::read::<Vec<(u8, String)>>(&text);
        let _ = super::tests::read::<std::collections::HashMap<i8, Option<bool>>>(&text);
    }

    #[test]
    fn any_json_value_stays_the_same_when_decoded_and_encoded(value in values()) {
        prop_assert!(same(&decoded_and_encoded(&value), &value));
    }

    #[test]
    fn any_json_value_with_wrapped_integers_stays_the_same(value in values()) {
        prop_assert!(same(&decoded_and_encoded(&wrapped(&value)), &value));
    }
}
