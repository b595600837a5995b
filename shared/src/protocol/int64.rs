//! 64-bit integers that go over the wire with all their digits.
//! Source: firebase/firebase-functions `src/common/providers/https.ts`, `decode`; the SDKs of iOS and Android.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::Contract, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

macro_rules! wrapped {
    ($(#[$doc:meta])* $name:ident($integer:ident), $kind:literal, $least:literal, $most:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $integer);

        impl From<$integer> for $name {
            fn from(value: $integer) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $integer {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut wrapper = serializer.serialize_struct(stringify!($name), 2)?;
                wrapper.serialize_field("@type", $kind)?;
                wrapper.serialize_field("value", &self.0.to_string())?;
                wrapper.end()
            }
        }

        /// The wrappers of `data` are unwrapped before they get here.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $integer::deserialize(deserializer).map(Self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let wrapper = |digits: &str| {
                    json_schema!({
                        "type": "object",
                        "properties": {
                            "@type": { "const": $kind },
                            "value": { "type": "string", "pattern": digits },
                        },
                        "required": ["@type", "value"],
                    })
                };
                let mut schema = match generator.contract() {
                    // An SDK wraps a number if its platform needs that. Each number of so many digits fits.
                    Contract::Deserialize => {
                        let number = $integer::json_schema(generator);
                        json_schema!({ "anyOf": [number, wrapper($least)] })
                    }
                    _ => wrapper($most),
                };
                schema.insert("x-callable-type".to_owned(), stringify!($name).into());
                schema
            }
        }
    };
}

wrapped! {
    /// A 64-bit integer of a result, a chunk or `data` that keeps all its digits.
    ///
    /// A plain `i64` is written as a JSON number, which the SDKs read as a double: exact up to 2^53. This type is
    /// written in the wrapper that the SDKs know, `{"@type":"type.googleapis.com/google.protobuf.Int64Value",…}`. The
    /// iOS SDK and the Android SDK read all digits from it. The web SDK makes a JavaScript number of it, exact up to
    /// 2^53; for a web app that needs more, send a `String`.
    ///
    /// ```
    /// let json = shared::protocol::json::result(&shared::Int64(i64::MAX)).unwrap();
    /// let wrapper = r#"{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"9223372036854775807"}"#;
    /// assert_eq!(json, format!(r#"{{"result":{wrapper}}}"#).into_bytes());
    /// ```
    Int64(i64), "type.googleapis.com/google.protobuf.Int64Value", "^-?[0-9]{1,18}$", "^-?[0-9]{1,19}$"
}

wrapped! {
    /// [`Int64`] without a sign.
    UInt64(u64), "type.googleapis.com/google.protobuf.UInt64Value", "^[0-9]{1,19}$", "^[0-9]{1,20}$"
}
