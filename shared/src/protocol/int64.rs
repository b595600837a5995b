//! A 64-bit integer that goes over the wire with all its digits.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `decode`; the SDKs of iOS and Android.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::Contract, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

const WRAPPER: &str = "type.googleapis.com/google.protobuf.Int64Value";

/// A 64-bit integer of a result, a chunk or `data` that keeps all its digits.
///
/// A plain `i64` is written as a JSON number, which the SDKs read as a double: exact up to 2^53. This type is written in
/// the wrapper that the SDKs know, `{"@type":"type.googleapis.com/google.protobuf.Int64Value",…}`. The iOS SDK and the
/// Android SDK read all digits from it. The web SDK makes a JavaScript number of it, exact up to 2^53; for a web app that
/// needs more, send a `String`. There is no such type for `u64`: above 2^63, the Android SDK reads no wrapper.
///
/// ```
/// let json = shared::protocol::json::result(&shared::Int64(i64::MAX)).unwrap();
/// let wrapper = r#"{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"9223372036854775807"}"#;
/// assert_eq!(json, format!(r#"{{"result":{wrapper}}}"#).into_bytes());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Int64(pub i64);

impl From<i64> for Int64 {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

impl From<Int64> for i64 {
    fn from(value: Int64) -> Self {
        value.0
    }
}

impl Serialize for Int64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut wrapper = serializer.serialize_struct("Int64", 2)?;
        wrapper.serialize_field("@type", WRAPPER)?;
        wrapper.serialize_field("value", &self.0.to_string())?;
        wrapper.end()
    }
}

/// The wrappers of `data` are unwrapped before they get here.
impl<'de> Deserialize<'de> for Int64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Int64 {
    fn schema_name() -> Cow<'static, str> {
        "Int64".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let wrapper = |digits: &str| {
            json_schema!({
                "type": "object",
                "properties": {
                    "@type": { "const": WRAPPER },
                    "value": { "type": "string", "pattern": digits },
                },
                "required": ["@type", "value"],
            })
        };
        let mut schema = match generator.contract() {
            // An SDK wraps a number if its platform needs that. Each number of so many digits fits.
            Contract::Deserialize => {
                let number = i64::json_schema(generator);
                json_schema!({ "anyOf": [number, wrapper("^-?[0-9]{1,18}$")] })
            }
            _ => wrapper("^-?[0-9]{1,19}$"),
        };
        schema.insert("x-callable-type".to_owned(), "Int64".into());
        schema
    }
}
