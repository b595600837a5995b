//! Rust values to Firestore's typed JSON and back.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::{
    read_value::read,
    value::{FieldsJson, FieldsRef},
    write_value::fields as written,
    *,
};

/// The typed JSON of a field `f` with this value.
fn typed(value: impl Serialize) -> Result<Json, FirestoreError> {
    let fields = written(&BTreeMap::from([("f", value)]))?;
    Ok(serde_json::to_value(FieldsRef(&fields)).unwrap()["f"].clone())
}

/// A field `f` of this typed JSON, as `T`.
fn of_typed<T: DeserializeOwned>(json: &Json) -> Result<T, FirestoreError> {
    let text = json!({ "f": json }).to_string();
    let fields: FieldsJson = serde_json::from_str(&text).unwrap();
    let mut map: BTreeMap<String, T> = read(fields.0)?;
    Ok(map.remove("f").unwrap())
}

#[track_caller]
fn same<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, json: &Json) {
    assert_eq!(typed(&value).unwrap(), *json);
    assert_eq!(of_typed::<T>(json).unwrap(), value, "{json}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Radius(f64),
    Sides(i64, i64),
    Named { name: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Tagged {
    Draft,
    Sent { at: Timestamp },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapper(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Everything {
    created_at: Timestamp,
    #[serde(flatten)]
    rest: BTreeMap<String, Shape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<bool>,
}

#[test]
fn every_kind_of_value_goes_there_and_back() {
    same(true, &json!({"booleanValue": true}));
    same("é".to_owned(), &json!({"stringValue": "é"}));
    same('x', &json!({"stringValue": "x"}));
    same(None::<i32>, &json!({"nullValue": null}));
    same(Some(5), &json!({"integerValue": "5"}));
    same((), &json!({"nullValue": null}));
    same(1.5, &json!({"doubleValue": 1.5}));
    same(f64::INFINITY, &json!({"doubleValue": "Infinity"}));
    same(f64::NEG_INFINITY, &json!({"doubleValue": "-Infinity"}));
    assert_eq!(typed(f64::NAN).unwrap(), json!({"doubleValue": "NaN"}));
    assert!(of_typed::<f64>(&json!({"doubleValue": "NaN"})).unwrap().is_nan());
    same(Wrapper(7), &json!({"integerValue": "7"}));
    same(
        vec![1, 2],
        &json!({"arrayValue": {"values": [{"integerValue": "1"}, {"integerValue": "2"}]}}),
    );
    same(
        (1, true),
        &json!({"arrayValue": {"values": [{"integerValue": "1"}, {"booleanValue": true}]}}),
    );
    same(Shape::Nothing, &json!({"stringValue": "Nothing"}));
    same(Shape::Radius(2.5), &json!({"mapValue": {"fields": {"Radius": {"doubleValue": 2.5}}}}));
    same(
        Shape::Sides(1, 2),
        &json!({"mapValue": {"fields": {"Sides": {"arrayValue": {"values": [{"integerValue": "1"}, {"integerValue": "2"}]}}}}}),
    );
    same(
        Shape::Named { name: "n".to_owned() },
        &json!({"mapValue": {"fields": {"Named": {"mapValue": {"fields": {"name": {"stringValue": "n"}}}}}}}),
    );
    same(Tagged::Draft, &json!({"mapValue": {"fields": {"type": {"stringValue": "draft"}}}}));
    let at = Timestamp::parse(TIME).unwrap();
    same(
        Tagged::Sent { at: at.clone() },
        &json!({"mapValue": {"fields": {"type": {"stringValue": "sent"}, "at": {"timestampValue": TIME}}}}),
    );
    same(at.clone(), &json!({"timestampValue": TIME}));
    same(Bytes(vec![0, 255]), &json!({"bytesValue": "AP8="}));
    same(
        Reference(format!("{ROOT}/notes/n1")),
        &json!({"referenceValue": format!("{ROOT}/notes/n1")}),
    );
    same(
        GeoPoint { latitude: 48.4, longitude: -10.0 },
        &json!({"geoPointValue": {"latitude": 48.4, "longitude": -10.0}}),
    );
    same(
        BTreeMap::from([(7_u32, 'a')]),
        &json!({"mapValue": {"fields": {"7": {"stringValue": "a"}}}}),
    );
    same(
        Everything {
            created_at: at,
            rest: BTreeMap::from([("x".to_owned(), Shape::Radius(1.0))]),
            absent: None,
        },
        &json!({"mapValue": {"fields": {
            "createdAt": {"timestampValue": TIME},
            "x": {"mapValue": {"fields": {"Radius": {"doubleValue": 1.0}}}},
        }}}),
    );
}

#[test]
fn integers_are_exact_and_those_that_do_not_fit_are_refused() {
    for number in [0, -1, (1 << 53) + 1, i64::MAX, i64::MIN] {
        same(number, &json!({"integerValue": number.to_string()}));
        assert_eq!(
            of_typed::<i64>(&json!({ "integerValue": number })),
            Ok(number),
            "a JSON number"
        );
    }
    same(u64::MAX / 2, &json!({"integerValue": "9223372036854775807"}));
    same(i128::from(i64::MIN), &json!({"integerValue": "-9223372036854775808"}));
    let refused = FirestoreError::Unstorable("*: it does not fit 64 bits with a sign".to_owned());
    assert_eq!(typed(u64::MAX), Err(refused.clone()));
    assert_eq!(typed(i128::MIN), Err(refused));
    assert!(of_typed::<u8>(&json!({"integerValue": "256"})).is_err());
    assert!(of_typed::<u64>(&json!({"integerValue": "-1"})).is_err());
}

#[test]
fn a_double_reads_integers_because_javascript_stores_them_so() {
    assert_eq!(of_typed::<f64>(&json!({"integerValue": "5"})), Ok(5.0));
    assert_eq!(of_typed::<f64>(&json!({"doubleValue": 5})), Ok(5.0));
    assert!(of_typed::<i64>(&json!({"doubleValue": 5.0})).is_err());
}

#[test]
fn any_document_can_be_read_as_json() {
    let all = json!({"mapValue": {"fields": {
        "a": {"arrayValue": {}}, "b": {"bytesValue": "AP8="}, "g": {"geoPointValue": {"latitude": 1}},
        "i": {"integerValue": "9007199254740993"}, "m": {"mapValue": {}}, "n": {"nullValue": null},
        "r": {"referenceValue": "x/y"}, "t": {"timestampValue": TIME},
    }}});
    let expected = json!({
        "a": [], "b": "AP8=", "g": {"latitude": 1.0, "longitude": 0.0}, "i": 9_007_199_254_740_993_i64,
        "m": {}, "n": null, "r": "x/y", "t": TIME,
    });
    assert_eq!(of_typed::<Json>(&all), Ok(expected));
}

/// A map that contains itself, without end.
struct Endless;

impl Serialize for Endless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("f", Endless)])
    }
}

#[test]
fn what_firestore_would_refuse_is_refused_with_the_name_of_the_field() {
    #[derive(Serialize)]
    struct Outer {
        inner: Inner,
    }
    #[derive(Serialize)]
    struct Inner {
        grid: Vec<Vec<i64>>,
    }
    let problem = |value: &dyn Fn() -> Result<value::Fields, FirestoreError>| match value() {
        Err(FirestoreError::Unstorable(problem)) => problem,
        other => panic!("{other:?}"),
    };
    let grid = || written(&Outer { inner: Inner { grid: vec![vec![1]] } });
    assert_eq!(problem(&grid), "inner.grid: it is an array directly inside an array");
    let reserved = || written(&json!({"__name__": 1}));
    assert_eq!(problem(&reserved), "the name of a field has the reserved form __…__");
    assert_eq!(problem(&|| written(&json!({"": 1}))), "a field has an empty name");
    let long = json!({ "x".repeat(1501): 1 });
    assert_eq!(problem(&|| written(&long)), "the name of a field is longer than 1500 bytes");
    assert_eq!(problem(&|| written(&5)), "a document must be a struct or a map, not an integer");
    let keys = || written(&BTreeMap::from([((1, 2), 3)]));
    assert_eq!(problem(&keys), "the key of a map is not a text");
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "f": inner }));
    assert!(written(&deep(21)).is_ok());
    assert!(problem(&|| written(&deep(22))).ends_with("it is nested deeper than 20 levels"));
    assert!(problem(&|| written(&Endless)).ends_with("it is nested deeper than 20 levels"));
}

#[test]
fn a_document_that_does_not_fit_names_the_field_but_no_value_and_no_key() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only read")]
        items: Vec<Item>,
    }
    #[derive(Debug, Deserialize)]
    struct Item {
        #[expect(dead_code, reason = "only read")]
        price: u32,
    }
    let problem = |fields: Json| {
        let fields: FieldsJson = serde_json::from_str(&fields.to_string()).unwrap();
        match read::<Order>(fields.0) {
            Err(FirestoreError::Unfit(problem)) => problem,
            other => panic!("{other:?}"),
        }
    };
    let item = |price: Json| json!({"items": {"arrayValue": {"values": [{"mapValue": {"fields": {"price": price}}}]}}});
    assert_eq!(
        problem(item(json!({"stringValue": "private"}))),
        "items.0.price: it is a string, expected u32"
    );
    assert_eq!(
        problem(item(json!({"integerValue": "-7"}))),
        "items.0.price: it is out of range, expected u32"
    );
    assert_eq!(problem(json!({})), "items: the field is missing");
    assert_eq!(
        problem(json!({"private": {"nullValue": null}})),
        "*: it has a field that the type does not have"
    );
    assert_eq!(
        problem(json!({"items": {"nullValue": null}})),
        "items: it is null, expected a sequence"
    );
    let wrong = [
        of_typed::<Timestamp>(&json!({"stringValue": TIME})).unwrap_err(),
        of_typed::<Bytes>(&json!({"stringValue": "AP8="})).unwrap_err(),
        of_typed::<Reference>(&json!({"stringValue": "a/b"})).unwrap_err(),
        of_typed::<GeoPoint>(&json!({"nullValue": null})).unwrap_err(),
    ];
    let expected = [
        "*: it is a string, expected a timestamp",
        "*: it is a string, expected bytes",
        "*: it is a string, expected a reference",
        "*: it is null, expected a geographical point",
    ];
    assert_eq!(wrong, expected.map(|problem| FirestoreError::Unfit(problem.to_owned())));
}

#[test]
fn in_the_json_of_a_result_the_special_types_are_plain() {
    let all = (
        Timestamp::parse(TIME).unwrap(),
        Bytes(vec![0, 255]),
        Reference("a/b".to_owned()),
        GeoPoint { latitude: 1.0, longitude: 2.0 },
    );
    let json = serde_json::to_value(&all).unwrap();
    assert_eq!(json, json!([TIME, "AP8=", "a/b", {"latitude": 1.0, "longitude": 2.0}]));
    let back: (Timestamp, Bytes, Reference, GeoPoint) = serde_json::from_value(json).unwrap();
    assert_eq!(back, all);
}

#[test]
fn times_are_dates_of_the_calendar() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("1969-12-31T23:59:59.999Z", Some(-1)),
        ("2000-02-29T12:00:00.5Z", Some(951_825_600_500)),
        ("2026-01-31T12:00:00.123456789Z", Some(1_769_860_800_123)),
        ("0001-01-01T00:00:00Z", Some(-62_135_596_800_000)),
        ("9999-12-31T23:59:59.999Z", Some(253_402_300_799_999)),
        ("1900-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-00-01T00:00:00Z", None),
        ("2026-01-00T00:00:00Z", None),
        ("2026-01-01T24:00:00Z", None),
        ("2026-01-01T00:60:00Z", None),
        ("2026-01-01T00:00:00", None),
        ("2026-01-01T00:00:00.Z", None),
        ("2026-01-01T00:00:00.1234567890Z", None),
        ("2026-01-01T00:00:00+01:00", None),
        ("2026-01-01 00:00:00Z", None),
        ("2026-0é-01T00:00:00Z", None),
        ("+026-01-01T00:00:00Z", None),
        ("", None),
    ] {
        assert_eq!(Timestamp::parse(text).map(|time| time.unix_millis()), millis, "{text}");
    }
    for millis in (-62_135_596_800_000..253_402_300_799_999).step_by(86_400_000 * 97 + 1) {
        assert_eq!(Timestamp::from_unix_millis(millis).unix_millis(), millis);
    }
    assert_eq!(Timestamp::from_unix_millis(i64::MIN).as_str(), "0001-01-01T00:00:00.000Z");
    assert_eq!(Timestamp::from_unix_millis(i64::MAX).as_str(), "9999-12-31T23:59:59.999Z");
}
