//! Tables of decoded `data`: wrappers, numbers, depth, surrogates, field paths.

mod budget;
mod forms;
mod handlers;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

/// The `data` of this text, as a policy receives it.
pub(super) fn decoded(text: &str) -> Result<Value, DataError> {
    read(text)
}

/// The `data` of this text, as a handler with this type receives it.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, DataError> {
    Document::check(text.to_owned().into(), default_budget(text.len()))?.fit()
}

fn fit<T: DeserializeOwned>(value: Value) -> Result<T, DataError> {
    read(&value.to_string())
}

fn int64(value: &str) -> String {
    format!(r#"{{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":{value}}}"#)
}

#[test]
fn unwraps_what_parse_float_accepts_and_keeps_64_bits_exact() {
    let cases = [
        (r#""3""#, json!(3)),
        ("3", json!(3)),
        (r#"" 7 ""#, json!(7)),
        (r#""-9223372036854775808""#, json!(i64::MIN)),
        (r#""9007199254740993""#, json!(9_007_199_254_740_993_i64)),
        (r#""18446744073709551615""#, json!(u64::MAX)),
        (r#""18446744073709551616""#, json!(18_446_744_073_709_551_616.0_f64)),
        (r#""1.5""#, json!(1.5)),
        (r#""1e3""#, json!(1000)),
        (r#""12abc""#, json!(12)),
        (r#""0x10""#, json!(0)),
        (r#""+5""#, json!(5)),
        (r#"".5""#, json!(0.5)),
        (r#""5.""#, json!(5)),
        (r#""1e""#, json!(1)),
        ("[5]", json!(5)),
        (r#"["6",7]"#, json!(6)),
        ("2.5", json!(2.5)),
    ];
    for (value, expected) in cases {
        assert_eq!(decoded(&int64(value)).unwrap(), expected, "{value}");
        let unsigned = int64(value).replace("Int64", "UInt64");
        assert_eq!(
            decoded(&unsigned).unwrap(),
            expected,
            "both types are treated the same: {value}"
        );
    }
}

#[test]
fn refuses_wrappers_without_a_number_and_unknown_types() {
    let no_number = "data.a[1]: a 64-bit integer without a number in its value";
    for value in [
        "null",
        r#""""#,
        r#""abc""#,
        "true",
        "{}",
        "[]",
        r#""Infinity""#,
        r#""1e400""#,
        r#""-""#,
        r#"".""#,
    ] {
        let text = format!(r#"{{"a":[0,{}]}}"#, int64(value));
        assert_eq!(decoded(&text).unwrap_err().to_string(), no_number, "{value}");
    }
    let missing = r#"{"a":[0,{"@type":"type.googleapis.com/google.protobuf.Int64Value"}]}"#;
    assert_eq!(decoded(missing).unwrap_err().to_string(), no_number);

    for kind in [r#""type.googleapis.com/google.protobuf.Duration""#, "1", "{}", "[]", "true"] {
        let text = format!(r#"{{"a":{{"@type":{kind},"value":"3"}}}}"#);
        assert_eq!(
            decoded(&text).unwrap_err().to_string(),
            "data.a: an @type that is not known",
            "{kind}"
        );
    }
}

#[test]
fn treats_a_falsy_type_as_an_ordinary_member() {
    for kind in [r#""""#, "null", "0", "-0.0", "false"] {
        let text = format!(r#"{{"@type":{kind},"value":"3"}}"#);
        assert_eq!(decoded(&text).unwrap()["value"], json!("3"), "{kind}");
    }
}

#[test]
fn ignores_members_other_than_type_and_value() {
    let text = int64(r#""3","other":{"@type":"unknown"}"#);
    assert_eq!(decoded(&text).unwrap(), json!(3));
    assert!(decoded(&int64(&int64("5"))).is_err(), "a wrapper inside a wrapper is not a number");
}

#[test]
fn keeps_numbers_strings_and_order_and_drops_proto() {
    let text = r#"{"z":9007199254740993,"a":"2020-01-01T00:00:00Z","__proto__":{"x":1},"n":-0,"d":1,"d":2}"#;
    let value = decoded(text).unwrap();
    assert_eq!(value["z"], json!(9_007_199_254_740_993_i64));
    assert_eq!(value["d"], json!(2), "the last of two members with one name counts");
    let names: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["z", "a", "n", "d"]);
}

#[test]
fn says_which_number_does_not_fit() {
    let error = decoded(r#"{"list":[1,{"n":1e400}]}"#).unwrap_err();
    assert_eq!(error.to_string(), "data.list[1].n: not a number that fits a double");
    assert_eq!(decoded("1e400").unwrap_err().to_string(), "data: not a number that fits a double");
}

#[test]
fn accepts_nesting_up_to_the_limit_and_not_beyond() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(decoded(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        decoded(&nested(MAX_DEPTH + 1)).unwrap_err().to_string(),
        "data: nested deeper than 256 levels"
    );
    assert!(decoded(&nested(1_000_000)).is_err(), "without overflowing the stack");
    let objects = r#"{"a":"#.repeat(MAX_DEPTH) + "1" + &"}".repeat(MAX_DEPTH);
    assert!(decoded(&objects).is_ok());
}

#[test]
fn replaces_lone_surrogates_and_nothing_else() {
    let cases = [
        (r#""\ud800""#, "\u{FFFD}"),
        (r#""a\udc00b""#, "a\u{FFFD}b"),
        (r#""\ud83e\udd80""#, "🦀"),
        (r#""\ud800\ud83e\udd80\udfff""#, "\u{FFFD}🦀\u{FFFD}"),
        (r#""\\ud800""#, "\\ud800"),
        (r#""\\\ud800""#, "\\\u{FFFD}"),
    ];
    for (text, expected) in cases {
        assert_eq!(decoded(text).unwrap(), json!(expected), "{text}");
    }
    assert_eq!(decoded(r#"{"\ud800":1}"#).unwrap(), json!({"\u{FFFD}": 1}));
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Order {
    items: Vec<Item>,
    #[serde(default)]
    note: Option<String>,
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Item {
    price: f64,
    count: u8,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Gift,
    Parcel(u8),
    Crate { size: (u8, u8) },
}

#[test]
fn fits_data_to_the_handlers_type() {
    let value = json!({"items": [{"price": 2, "count": 3}], "kind": "gift", "extra": 1});
    let order: Order = fit(value).unwrap();
    assert_eq!(order.items, [Item { price: 2.0, count: 3 }]);
    assert_eq!(order.kind, Some(Kind::Gift));
    assert_eq!(fit::<Kind>(json!({"parcel": 3})).unwrap(), Kind::Parcel(3));
    assert_eq!(
        fit::<Kind>(json!({"crate": {"size": [1, 2]}})).unwrap(),
        Kind::Crate { size: (1, 2) }
    );
    assert_eq!(fit::<i64>(json!(i64::MIN)).unwrap(), i64::MIN);
    assert_eq!(fit::<u64>(json!(u64::MAX)).unwrap(), u64::MAX);
    assert_eq!(fit::<Option<u8>>(json!(null)).unwrap(), None);
    fit::<()>(json!(null)).unwrap();
    assert_eq!(fit::<Value>(json!({"a": [1]})).unwrap(), json!({"a": [1]}));
}

#[test]
fn names_the_field_that_does_not_fit_and_never_its_value() {
    let item = |item: Value| json!({"items": [{"price": 1, "count": 1}, item]});
    let cases = [
        (json!(null), "data: expected an object, found null"),
        (json!("SECRET"), "data: expected an object, found a string"),
        (json!({}), "data.items: missing"),
        (json!({"items": "SECRET"}), "data.items: expected a list, found a string"),
        (
            item(json!({"price": "SECRET", "count": 1})),
            "data.items[1].price: expected a number, found a string",
        ),
        (item(json!({"price": 1})), "data.items[1].count: missing"),
        (
            item(json!({"price": 1, "count": 300})),
            "data.items[1].count: expected a whole number from 0 to 255",
        ),
        (
            item(json!({"price": 1, "count": 1.5})),
            "data.items[1].count: expected a whole number from 0 to 255, found a number",
        ),
        (
            item(json!({"SECRET": 1})),
            "data.items[1][\"SECRET\"]: has an unknown member; known are price, count",
        ),
        (json!({"items": [], "kind": "SECRET"}), "data.kind: expected one of gift, parcel, crate"),
        (
            json!({"items": [], "kind": {"crate": {"size": [1]}}}),
            "data.kind.crate.size: expected a list, found 1 items",
        ),
        (json!({"items": [], "note": 5}), "data.note: expected a string, found a whole number"),
    ];
    for (value, expected) in cases {
        let error = fit::<Order>(value).unwrap_err();
        let (field, _) = expected.split_once(": ").unwrap();
        if !field.contains("SECRET") {
            assert_eq!(error.to_string(), expected);
        }
        assert!(!error.problem.contains("SECRET"), "{error}");
    }
}

#[test]
fn tells_the_client_the_field_and_the_problem() {
    let error = fit::<Order>(json!({})).unwrap_err().into_https_error();
    assert_eq!(error.code(), crate::ErrorCode::InvalidArgument);
    assert_eq!(error.message(), "data.items: missing");
    assert_eq!(error.details().unwrap(), &json!({"field": "data.items", "problem": "missing"}));
}

#[test]
fn drops_the_message_of_a_type_because_it_may_quote_the_value() {
    let error = fit::<std::net::IpAddr>(json!("SECRET")).unwrap_err();
    assert_eq!(error.to_string(), "data: not in the expected form");
}
