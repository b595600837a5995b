//! Results out: the JSON that a JavaScript server would have written for the same value.
//! Whole numbers have no `.0`, and a number that JSON cannot hold is an error and not `null`.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `encode`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::error::HttpsError;

mod finite;

/// P16: the body of a success: `{"result":…}`.
///
/// # Errors
/// NaN or an infinity anywhere in `value`, a map key that is not a string or a number, or an error
/// of the value's own `Serialize`.
pub fn result(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    value.serialize(finite::OnlyFinite)?;
    let mut body = br#"{"result":"#.to_vec();
    write(&mut body, value)?;
    body.push(b'}');
    Ok(body)
}

/// P27: the body of a chunk: `{"message":…}`. As in the reference, a chunk is plain JSON: NaN is `null`.
///
/// # Errors
/// A map key that is not a string or a number, or an error of the value's own `Serialize`.
pub fn message(chunk: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = br#"{"message":"#.to_vec();
    write(&mut body, chunk)?;
    body.push(b'}');
    Ok(body)
}

/// P17: the body of a failure: `{"error":{…}}`.
#[must_use]
pub fn error(error: &HttpsError) -> Vec<u8> {
    let mut body = br#"{"error":"#.to_vec();
    if write(&mut body, &error.to_wire()).is_err() {
        // Unreachable for strings and JSON values written to memory; the client gets an answer
        // even so.
        return br#"{"error":{"message":"INTERNAL","status":"INTERNAL"}}"#.to_vec();
    }
    body.push(b'}');
    body
}

fn write(body: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), serde_json::Error> {
    value.serialize(&mut Serializer::with_formatter(body, JavaScriptNumbers))
}

/// Writes floats as JavaScript does where clients can tell: `2`, not `2.0`, which Android reads
/// as another type.
struct JavaScriptNumbers;

/// From here on JavaScript writes an exponent.
const EXPONENT_FROM: f64 = 1e21;

impl Formatter for JavaScriptNumbers {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        if value == 0.0 {
            writer.write_all(b"0") // also for -0
        } else if value.fract() == 0.0 && value.abs() < EXPONENT_FROM {
            write!(writer, "{value}")
        } else {
            serde_json::ser::CompactFormatter.write_f64(writer, value)
        }
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        if value.fract() == 0.0 {
            self.write_f64(writer, value.into())
        } else {
            serde_json::ser::CompactFormatter.write_f32(writer, value)
        }
    }
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
    fn writes_nothing_as_null_and_never_drops_a_member() {
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
        assert_eq!(text(HashMap::from([(7, 1)])), r#"{"result":{"7":1}}"#);
    }

    #[test]
    fn writes_an_error_as_the_reference_does() {
        assert_eq!(
            error(&HttpsError::not_found("nf").with_details(json!({"n": 2.0}))),
            br#"{"error":{"details":{"n":2},"message":"nf","status":"NOT_FOUND"}}"#
        );
    }
}
