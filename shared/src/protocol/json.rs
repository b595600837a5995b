//! Writes answers: the JSON that the reference, a JavaScript server, would have written for the same value. Whole
//! numbers have no `.0`. A result with NaN or an infinity is an error, as in the reference's `encode`;
//! `JSON.stringify` alone would write `null`.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `encode`.

use serde::Serialize;

use super::error::HttpsError;

mod checked;
mod formatter;
mod readable;
mod string;

use checked::Checked;
use formatter::{JavaScript, Output};
pub(crate) use string::{MAX_ESCAPED_LEN, escaped_len, write_string};

/// The body of an INTERNAL error, which can always be sent.
pub(crate) const INTERNAL: &str = r#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#;

/// P16: the body of a success: `{"result":…}`.
///
/// ```
/// assert_eq!(shared::protocol::json::result(&[2.0, 0.5]).unwrap(), br#"{"result":[2,0.5]}"#);
/// assert!(shared::protocol::json::result(&f64::NAN).is_err());
/// ```
///
/// # Errors
/// NaN or an infinity anywhere in `value`, a map key that is not a string, a number or a boolean, an error
/// of the value's own `Serialize`, or (P18) a value that a client's decoder refuses.
pub fn result(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    body(r#"{"result":"#, value, true)
}

/// P27: the body of a chunk: `{"message":…}`. As in the reference, a chunk is plain JSON: NaN is `null`.
///
/// # Errors
/// A map key that is not a string, a number or a boolean, an error of the value's own `Serialize`, or (P18) a value
/// that a client's decoder refuses.
pub(crate) fn message(chunk: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, serde_json::Error> {
    body(r#"{"message":"#, chunk, false)
}

/// P17: the body of a failure: `{"error":{…}}`.
///
/// # Errors
/// P18: details that a client's decoder refuses.
pub(crate) fn error(error: &HttpsError) -> Result<Vec<u8>, serde_json::Error> {
    body(r#"{"error":"#, &error.to_wire(), false)
}

/// Most answers are shorter than this, and are written without reallocating.
const USUAL_LEN: usize = 128;

/// Writes an object with one member. `start` is the text before the value of the member.
fn body(
    start: &str,
    value: &(impl Serialize + ?Sized),
    only_finite: bool,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::with_capacity(USUAL_LEN);
    json.extend_from_slice(start.as_bytes());
    let output = Output { json: json.into(), is_suspicious: false.into(), only_finite };
    let formatter = JavaScript { output: &output, depth: 0 };
    let mut serializer = serde_json::Serializer::with_formatter(&output, formatter);
    value.serialize(Checked { inner: &mut serializer, output: &output })?;
    let is_suspicious = output.is_suspicious.get();
    let mut json = output.json.into_inner();
    json.push(b'}');
    // A second pass over the answer, only if it contains a suspicious name or raw JSON, which is rare.
    if is_suspicious {
        readable::check(&json)?;
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::*;

    fn text(value: impl Serialize) -> String {
        String::from_utf8(result(&value).unwrap()).unwrap()
    }

    #[test]
    fn writes_numbers_as_javascript_does() {
        let cases: [(f64, &str); 10] = [
            (2.0, "2"),
            (-2.0, "-2"),
            (0.0, "0"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (-1e15, "-1000000000000000"),
        ];
        for (number, expected) in cases {
            assert_eq!(text(number), format!(r#"{{"result":{expected}}}"#));
            let value: Value = serde_json::from_str(&text(number)).unwrap();
            assert_eq!(value["result"].as_f64(), Some(number));
        }
        assert_eq!(text(2.0f32), r#"{"result":2}"#);
        assert_eq!(text(0.5f32), r#"{"result":0.5}"#);
        assert_eq!(text(1e21), r#"{"result":1e+21}"#);
    }

    #[test]
    fn writes_64_bit_integers_as_plain_numbers() {
        assert_eq!(text(i64::MIN), r#"{"result":-9223372036854775808}"#);
        assert_eq!(text(u64::MAX), r#"{"result":18446744073709551615}"#);
    }

    #[test]
    fn writes_unit_and_none_as_null_and_never_drops_a_member() {
        assert_eq!(text(()), r#"{"result":null}"#);
        assert_eq!(text(json!({"b": null, "a": [null]})), r#"{"result":{"b":null,"a":[null]}}"#);
    }

    #[test]
    fn refuses_numbers_that_json_cannot_hold_at_any_depth() {
        #[derive(Serialize)]
        enum Shape {
            Tuple(f64, f64),
            Struct { x: f64 },
            Newtype(f64),
        }
        assert!(result(&f64::NAN).is_err());
        assert!(result(&f32::INFINITY).is_err());
        assert!(result(&Some([1.0, f64::NEG_INFINITY])).is_err());
        assert!(result(&(1, (2, f64::NAN))).is_err());
        assert!(result(&HashMap::from([("k", f64::NAN)])).is_err());
        assert!(result(&Shape::Tuple(1.0, f64::NAN)).is_err());
        assert!(result(&Shape::Struct { x: f64::NAN }).is_err());
        assert!(result(&Shape::Newtype(f64::NAN)).is_err());
        assert!(result(&Shape::Tuple(1.0, 2.0)).is_ok());
    }

    #[test]
    fn refuses_map_keys_that_are_not_names() {
        assert!(result(&HashMap::from([([1u8], 1)])).is_err());
        assert!(result(&HashMap::from([((), 1)])).is_err());
        assert!(message(&HashMap::from([(None::<u8>, 1)])).is_err());
        assert_eq!(text(HashMap::from([(7, 1)])), r#"{"result":{"7":1}}"#);
    }

    #[test]
    fn writes_every_shape_as_serde_json_does() {
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize)]
        struct Newtype(u8);
        #[derive(Serialize)]
        struct Tuple(i8, char);
        #[derive(Serialize)]
        struct Struct {
            some: Option<u128>,
            none: Option<u8>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            left_out: Vec<u8>,
        }
        #[derive(Serialize, PartialEq, Eq, Hash)]
        enum Name {
            Unit,
        }
        #[derive(Serialize)]
        enum Variant {
            Unit,
            Newtype(i64),
            Tuple(bool, f32),
            Struct { text: &'static str, raw: f64 },
        }
        struct Bytes;
        impl Serialize for Bytes {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(b"\x00\xFF")
            }
        }
        let raw = serde_json::value::RawValue::from_string(r#"{"a" : 1.0}"#.to_owned()).unwrap();
        let shapes = (
            (Unit, Newtype(1), Tuple(-1, '"'), Bytes, raw),
            Struct { some: Some(u128::MAX), none: None, left_out: vec![] },
            (Variant::Unit, Variant::Newtype(i64::MIN), Variant::Tuple(true, 0.1)),
            Variant::Struct { text: "\u{1}\\é", raw: 1e-7 },
            (HashMap::from([(true, ())]), HashMap::from([('k', [(); 0])])),
            (HashMap::from([(-7, "")]), HashMap::from([(Name::Unit, Some(1_u16))])),
            json!({"a": [1, {"b": null}], "": "", "\n": 0.25}),
        );
        let expected = format!(r#"{{"result":{}}}"#, serde_json::to_string(&shapes).unwrap());
        assert_eq!(text(&shapes), expected);
    }

    #[test]
    fn a_chunk_is_plain_json_in_which_nan_is_null() {
        let chunk = message(&(1, f64::NAN, f32::INFINITY)).unwrap();
        assert_eq!(chunk, br#"{"message":[1,null,null]}"#);
    }

    #[test]
    fn writes_an_error_as_the_reference_does() {
        assert_eq!(
            error(&HttpsError::not_found("nf").with_details(json!({"n": 2.0}))).unwrap(),
            br#"{"error":{"details":{"n":2},"message":"nf","status":"NOT_FOUND"}}"#
        );
    }

    #[test]
    fn refuses_values_that_a_client_cannot_decode_in_every_serde_shape() {
        #[derive(Serialize)]
        struct Named {
            #[serde(rename = "@type")]
            kind: &'static str,
        }
        #[derive(Serialize)]
        enum Variant {
            #[serde(rename = "@type")]
            Newtype(u8),
            #[serde(rename = "hasOwnProperty")]
            Struct { a: u8 },
            #[serde(rename = "@type")]
            Tuple(u8, u8),
        }
        let raw = |json: &str| serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
        let unreadable: [(Result<Vec<u8>, _>, &str); 10] = [
            (result(&json!({"a": [{"@type": "x"}]})), "result.a[0].@type"),
            (message(&json!({"a": {"@type": "x"}})), "message.a.@type"),
            (
                error(&HttpsError::not_found("m").with_details(json!([{"@type": "x"}]))),
                "error.details[0].@type",
            ),
            (result(&Named { kind: "x" }), "result.@type"),
            (result(&HashMap::from([("@type", 1)])), "result.@type"),
            (result(&[Variant::Newtype(1)]), "result[0].@type"),
            (result(&Variant::Struct { a: 1 }), "result.hasOwnProperty"),
            (result(&Some(Variant::Tuple(1, 2))), "result.@type"),
            (result(&raw(r#"{"\u0040type":"x"}"#)), "result.@type"),
            (message(&raw(r#"[{"hasOwnProperty":1}]"#)), "message[0].hasOwnProperty"),
        ];
        for (written, path) in unreadable {
            let problem = written.unwrap_err().to_string();
            assert!(problem.starts_with(&format!("{path}: ")), "{path}: {problem}");
        }
        assert_eq!(text(Named { kind: "" }), r#"{"result":{"@type":""}}"#);
        assert_eq!(
            text(json!(["@type", "hasOwnProperty"])),
            r#"{"result":["@type","hasOwnProperty"]}"#
        );
    }

    #[test]
    fn refuses_values_nested_too_deep_for_clients_and_for_the_stack() {
        #[derive(Serialize)]
        enum Nested {
            End,
            Newtype(Box<Nested>),
            Tuple(u8, Box<Nested>),
            Struct { inner: Box<Nested> },
        }
        let nested = |levels, wrap: fn(Box<Nested>) -> Nested| {
            (0..levels).fold(Nested::End, |inner, _| wrap(Box::new(inner)))
        };
        for (wrap, levels) in [
            (Nested::Newtype as fn(Box<Nested>) -> Nested, 500),
            (|inner| Nested::Tuple(1, inner), 250),
            (|inner| Nested::Struct { inner }, 250),
        ] {
            assert!(result(&nested(levels, wrap)).is_ok());
            let problem = result(&nested(levels + 1, wrap)).unwrap_err().to_string();
            assert!(problem.contains("nested deeper"), "{problem}");
        }
        let lists = |levels| (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert!(message(&lists(500)).is_ok());
        assert!(message(&lists(501)).is_err());
        let side_by_side = vec![json!([[1], [{"a": {}}]]); 600];
        assert!(result(&side_by_side).is_ok());
    }

    #[test]
    fn raw_json_is_written_in_one_line_however_long_it_is() {
        for blanks in [0, 1, 100] {
            let raw = format!("{{\n{}\"a\":\r\n\t1}}", " ".repeat(blanks));
            let raw = serde_json::value::RawValue::from_string(raw).unwrap();
            let expected = format!("{{ {}\"a\":  \t1}}", " ".repeat(blanks));
            assert_eq!(text([&raw, &raw]), format!(r#"{{"result":[{expected},{expected}]}}"#));
        }
    }

    #[test]
    fn strings_of_every_length_are_written_as_serde_json_does() {
        for length in 0..200 {
            let string = format!("{}\n\"é", "x".repeat(length));
            let value = json!({ &string: [string, "short"], "b": Some(&string) });
            assert_eq!(text(&value), format!(r#"{{"result":{value}}}"#));
        }
    }
}
