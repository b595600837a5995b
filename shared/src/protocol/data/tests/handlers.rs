//! A policy and a handler read every text alike, for every type: the handler's value equals the value that serde_json
//! makes from the policy's value. And a type is read as serde_json reads it, apart from the differences listed here.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fmt::Debug,
};

use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

use super::{
    super::properties::{values, wrapped},
    decoded, read,
};

#[derive(Debug, Serialize, Deserialize)]
struct Inner {
    a: u8,
    b: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct Outer {
    a: Vec<Inner>,
    b: BTreeMap<String, Inner>,
    c: f64,
    d: Value,
}

impl Default for Outer {
    fn default() -> Self {
        Self { a: Vec::new(), b: BTreeMap::new(), c: 1.5, d: Value::Null }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Flat {
    a: Option<Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[serde(default)]
    a: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Plain {
    A,
    B(Value),
    C(u8, String),
    D { a: i64 },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "a")]
enum Tagged {
    B { b: Value },
    C(BTreeMap<String, u8>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "a", content = "b")]
enum Adjacent {
    B(Value),
    C,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Newtype(Box<Inner>);

/// Names and strings that have a meaning for one of the types or for the decoder.
const WORDS: [&str; 12] = [
    "a",
    "b",
    "c",
    "d",
    "A",
    "B",
    "__proto__",
    "@type",
    "value",
    "1",
    "true",
    "$serde_json::private::RawValue",
];

/// JSON text with wrappers, repeated members, special names, escapes and blanks in it.
fn texts() -> impl Strategy<Value = String> {
    let word = prop::sample::select(&WORDS[..]);
    let leaf = prop_oneof![
        values().prop_map(|value| value.to_string()),
        values().prop_map(|value| wrapped(&value).to_string()),
        word.clone().prop_map(|word| json!(word).to_string()),
        prop::sample::select(
            &["0", "1", "-0", "-1", "255", "256", "1.0", "1e2", "1E400", "18446744073709551616"][..]
        )
        .prop_map(str::to_owned),
        prop::sample::select(
            &[r#""\u0041""#, r#""\ud800""#, r#""{\"a\":1}""#, "null", "[ ]", "{ }"][..]
        )
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let name = prop_oneof![
            word.clone().prop_map(|word| json!(word).to_string()),
            Just(r#""\u0061""#.to_owned()),
            Just(r#""_\u005fproto__""#.to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec((name, inner), 0..20).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("{name} : {value}")).collect();
                format!("{{ {} }}", members.join(", "))
            }),
        ]
    })
}

/// A handler with this type receives the value that serde_json makes from the policy's value.
fn agrees_with_policy<T: DeserializeOwned + Serialize + Debug>(
    text: &str,
) -> Result<(), TestCaseError> {
    let seen = decoded(text);
    let given = read::<T>(text);
    let Ok(seen) = seen else {
        prop_assert_eq!(given.unwrap_err(), seen.unwrap_err(), "the errors differ");
        return Ok(());
    };
    let expected = serde_json::from_value::<T>(seen.clone());
    match (given, expected) {
        (Ok(given), Ok(expected)) => {
            prop_assert_eq!(written(&given), written(&expected));
        }
        (Err(_), Err(_)) => {}
        // DIFFERENCE: a list does not fill a struct. serde_json fills it by position.
        (Err(error), Ok(_)) if error.to_string().ends_with("found a list") => {}
        (given, expected) => {
            return Err(TestCaseError::fail(format!("{text}: {given:?} instead of {expected:?}")));
        }
    }
    Ok(())
}

/// If both this decoder and serde_json accept the text, the values are equal, apart from intended differences.
fn agrees_with_serde_json<T: DeserializeOwned + Serialize + Debug>(
    text: &str,
) -> Result<(), TestCaseError> {
    // Intended differences: wrappers, __proto__, reserved names, lone surrogates.
    let differs = [r"@type", "proto__", "$serde_json", r"\u005f", r"\ud800"];
    if differs.iter().any(|part| text.contains(part)) {
        return Ok(());
    }
    // serde_json 1.0.154 panics at a name that is not ASCII where a boolean is expected.
    if std::any::type_name::<T>().contains("<bool, ") && !text.is_ascii() {
        return Ok(());
    }
    let (Ok(given), Ok(expected)) = (read::<T>(text), serde_json::from_str::<T>(text)) else {
        // `agrees_with_policy` tests which texts are refused. It uses `from_value`, because serde_json refuses a
        // repeated member of a struct when it reads text.
        return Ok(());
    };
    prop_assert_eq!(written(&given), written(&expected));
    Ok(())
}

/// The value as JSON text, so that the order of members is compared too. A `HashMap` is sorted first.
fn written<T: Serialize>(value: &T) -> String {
    let mut value = json!(value);
    if std::any::type_name::<T>().contains("HashMap") {
        value.sort_all_objects();
    }
    value.to_string()
}

macro_rules! handlers {
    ($($type:ty),* $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(128))]

            #[test]
            fn a_handler_receives_what_the_policy_received(text in texts()) {
                $(agrees_with_policy::<$type>(&text)?;)*
            }

            #[test]
            fn a_type_is_read_as_serde_json_reads_it(text in texts()) {
                $(agrees_with_serde_json::<$type>(&text)?;)*
            }
        }
    };
}

handlers! {
    Value,
    Box<RawValue>,
    Vec<Box<RawValue>>,
    HashMap<String, Value>,
    BTreeMap<String, Box<RawValue>>,
    BTreeMap<u8, Value>,
    BTreeMap<i64, Value>,
    BTreeMap<bool, Value>,
    BTreeMap<char, Value>,
    Vec<Value>,
    Vec<f64>,
    Vec<Option<u8>>,
    VecDeque<i64>,
    BTreeSet<String>,
    (u8, Value),
    [Value; 2],
    String,
    f32,
    u64,
    i64,
    bool,
    (),
    Option<Box<Value>>,
    Inner,
    Outer,
    Flat,
    Strict,
    Plain,
    Tagged,
    Adjacent,
    Either,
    Newtype,
    std::net::IpAddr,
    std::path::PathBuf,
}

#[test]
fn the_differences_from_serde_json_are_these() {
    // Here a whole number of more than 64 bits is a double, as in the policy's value. serde_json reads it exactly.
    assert!(serde_json::from_str::<u128>("18446744073709551616").is_ok());
    assert!(read::<u128>("18446744073709551616").is_err());
    // Here a list for a struct is an error. serde_json fills the struct by position.
    assert!(serde_json::from_str::<Inner>(r#"[1,null]"#).is_ok());
    assert!(read::<Inner>(r#"[1,null]"#).is_err());
    // Here the last of a struct's repeated members counts. In serde_json they are an error.
    assert!(serde_json::from_str::<Inner>(r#"{"a":1,"a":2}"#).is_err());
    assert_eq!(read::<Inner>(r#"{"a":1,"a":2}"#).unwrap().a, 2);
    // Here a reserved name is an error. serde_json parses the string in such a member as JSON.
    let magic = r#"{"$serde_json::private::RawValue":"{\"room\":\"admin\"}"}"#;
    assert_eq!(serde_json::from_str::<Value>(magic).unwrap(), json!({"room": "admin"}));
    assert!(read::<Value>(magic).is_err());
    // Here U+FFFD replaces a lone surrogate, from a string that was cut inside a pair. In serde_json it is an error.
    assert!(serde_json::from_str::<String>(r#""\ud800""#).is_err());
    assert_eq!(read::<String>(r#""\ud800""#).unwrap(), "\u{FFFD}");
    // Here a `RawValue` is written without white space. serde_json keeps it.
    assert_eq!(serde_json::from_str::<Box<RawValue>>("[ 1 ]").unwrap().get(), "[ 1 ]");
    assert_eq!(read::<Box<RawValue>>("[ 1 ]").unwrap().get(), "[1]");
}
