//! Types that a handler may have: keys that are not strings, JSON text, enums, tagged types. And input that every type
//! refuses: a list for a struct, a name that serde_json reserves.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{decoded, read};

#[derive(Debug, Deserialize, PartialEq)]
struct Room {
    room: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Tagged {
    Enter(Room),
    Pay { amount: u8, note: Option<String> },
    Both { rooms: Vec<Room>, at: BTreeMap<String, u8> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", expecting = "a visit")]
#[allow(dead_code, reason = "read only")]
enum WithText {
    Enter { room: String },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Enter(Room),
    Stay { room: String },
    Leave,
}

#[track_caller]
fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str, expected: &str) {
    assert_eq!(read::<T>(text).unwrap_err().to_string(), expected, "{text}");
}

#[test]
fn the_keys_of_a_map_may_be_numbers_and_booleans() {
    let numbers: HashMap<u32, u8> = read(r#"{"1":2,"4294967295":3,"\u0030":4}"#).unwrap();
    assert_eq!(numbers, HashMap::from([(1, 2), (u32::MAX, 3), (0, 4)]));
    let below_zero: BTreeMap<i64, u8> = read(r#"{"-9223372036854775808":1,"5":2}"#).unwrap();
    assert_eq!(below_zero, BTreeMap::from([(i64::MIN, 1), (5, 2)]));
    let booleans: HashMap<bool, u8> = read(r#"{"true":1,"false":2}"#).unwrap();
    assert_eq!(booleans, HashMap::from([(true, 1), (false, 2)]));
    let letters: BTreeMap<char, u8> = read(r#"{"é":1}"#).unwrap();
    assert_eq!(letters, BTreeMap::from([('é', 1)]));
    let optional: BTreeMap<Option<u8>, u8> = read(r#"{"7":1}"#).unwrap();
    assert_eq!(optional, BTreeMap::from([(Some(7), 1)]));

    let whole = "the name is not a whole number from 0 to 255";
    for name in ["x", "", "01", "+1", " 1", "1 ", "1.", ".5", "1e", "0x1", "--1", "-"] {
        refused::<HashMap<u8, u8>>(
            &json!({"a": {name: 1}})["a"].to_string(),
            &format!(
                "data{}: {whole}",
                if name == "x" {
                    ".x".to_owned()
                } else if name == "01" {
                    ".01".to_owned()
                } else if name == "1e" {
                    ".1e".to_owned()
                } else if name == "0x1" {
                    ".0x1".to_owned()
                } else {
                    format!("[\"{name}\"]")
                }
            ),
        );
    }
    refused::<HashMap<u8, u8>>(r#"{"256":1}"#, "data.256: expected a whole number from 0 to 255");
    refused::<HashMap<u8, u8>>(
        r#"{"1.5":1}"#,
        "data[\"1.5\"]: expected a whole number from 0 to 255, found a number",
    );
    refused::<HashMap<bool, u8>>(r#"{"True":1}"#, "data.True: the name is not a boolean");
}

#[test]
fn a_raw_value_is_the_json_text_of_the_value_that_a_policy_receives() {
    let text = r#" {"b":[1, 2.50,-0,1e2],"a":{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":"7"},"__proto__":1,"b":"\ud800\u0041","e":{},"f":[]} "#;
    let raw: Box<RawValue> = read(text).unwrap();
    assert_eq!(raw.get(), "{\"b\":\"\u{FFFD}A\",\"a\":7,\"e\":{},\"f\":[]}");
    assert_eq!(raw.get(), decoded(text).unwrap().to_string());
    let parts: Vec<Box<RawValue>> = read(r#"[1.0,"é\n",null,true,[[]]]"#).unwrap();
    let parts: Vec<&str> = parts.iter().map(|part| part.get()).collect();
    assert_eq!(parts, ["1.0", "\"é\\n\"", "null", "true", "[[]]"]);
}

#[test]
fn a_name_that_serde_json_reserves_is_refused_at_every_depth() {
    for name in ["RawValue", "Number", "anything"] {
        let text = format!(r#"{{"a":[{{"b":1,"$serde_json::private::{name}":"{{}}"}}]}}"#);
        let expected = format!("data.a[0][\"$serde_json::private::{name}\"]: a reserved name");
        refused::<Value>(&text, &expected);
        refused::<HashMap<String, Value>>(&text, &expected);
        let escaped = text.replace('$', r"\u0024");
        refused::<Value>(&escaped, &expected);
        let unread = format!(r#"{{"room":"a","other":{text}}}"#);
        assert!(read::<Room>(&unread).is_err(), "in a member that the type ignores, too");
    }
    let other = r#"{"$serde_json::privat":1,"$":2}"#;
    assert_eq!(decoded(other).unwrap(), json!({"$serde_json::privat": 1, "$": 2}));
}

#[test]
fn a_list_never_fills_a_struct() {
    let found_a_list = "data: expected an object, found a list";
    refused::<Room>(r#"["admin"]"#, found_a_list);
    refused::<Tagged>(r#"["enter","admin"]"#, found_a_list);
    refused::<Tagged>(r#"["enter",{"room":"admin"}]"#, found_a_list);
    refused::<WithText>(r#"["enter","admin"]"#, "data: expected a visit, found a list");
    refused::<Plain>(r#"{"stay":["admin"]}"#, "data.stay: expected an object, found a list");
    refused::<Plain>(r#"{"enter":["admin"]}"#, "data.enter: expected an object, found a list");
    refused::<Vec<Room>>(r#"[["admin"]]"#, "data[0]: expected an object, found a list");
    refused::<Option<Box<Room>>>(r#"["admin"]"#, found_a_list);
    assert_eq!(
        read::<(String, u8)>(r#"["a",1]"#).unwrap(),
        ("a".to_owned(), 1),
        "a tuple is a list"
    );
}

#[test]
fn says_the_range_of_a_number_and_that_a_null_was_found() {
    refused::<u8>("300", "data: expected a whole number from 0 to 255");
    refused::<u8>("-1", "data: expected a whole number from 0 to 255");
    refused::<i8>("128", "data: expected a whole number from -128 to 127");
    refused::<u16>("65536", "data: expected a whole number from 0 to 65535");
    refused::<i32>("2147483648", "data: expected a whole number from -2147483648 to 2147483647");
    refused::<i64>(
        "9223372036854775808",
        "data: expected a whole number from -9223372036854775808 to 9223372036854775807",
    );
    refused::<u64>("-1", "data: expected a whole number from 0 to 18446744073709551615");
    refused::<u8>("null", "data: expected a whole number from 0 to 255, found null");
    refused::<Room>(r#"{"room":null}"#, "data.room: expected a string, found null");
    refused::<Vec<u8>>("null", "data: expected a list, found null");
    refused::<bool>("null", "data: expected a boolean, found null");
    refused::<std::net::IpAddr>("null", "data: expected IP address, found null");
    let names =
        "expected one of enter, stay, leave: the name, or an object with it as its only member";
    refused::<Plain>("null", &format!("data: {names}, found null"));
    refused::<Plain>("{}", &format!("data: {names}"));
    refused::<Plain>(r#"{"leave":null,"stay":1}"#, &format!("data: {names}"));
    refused::<Tagged>("null", "data: expected an object, found null");
    refused::<(u8, u8)>("[1,2,3]", "data: expected a list of 2 items, found 3");
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read only")]
struct Whole {
    id: u8,
    #[serde(flatten)]
    rest: Rest,
    shape: Option<Tagged>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read only")]
struct Rest {
    sizes: Vec<u8>,
    room: Option<Room>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "read only")]
enum Either {
    Number(u8),
    Room(Room),
}

#[test]
fn names_the_whole_path_where_serde_buffers_a_value() {
    let null = "expected a string, found null";
    let range = "expected a whole number from 0 to 255";
    for (text, expected) in [
        (r#"{"type":"pay","amount":300}"#, format!("data.amount: {range}")),
        (r#"{"amount":300,"type":"pay"}"#, format!("data.amount: {range}")),
        (r#"{"type":"pay","amount":null}"#, format!("data.amount: {range}, found null")),
        (r#"{"type":"pay","note":null}"#, "data.amount: missing".to_owned()),
        (r#"{"type":"enter","room":null}"#, format!("data.room: {null}")),
        (r#"{"type":"enter"}"#, "data.room: missing".to_owned()),
        (
            r#"{"type":"both","x":null,"rooms":[{"room":"a"},{"room":null}],"at":{}}"#,
            format!("data.rooms[1].room: {null}"),
        ),
        (
            r#"{"type":"both","at":{"a":1,"b":256,"c":256},"rooms":[]}"#,
            format!("data.at.b: {range}"),
        ),
        (
            r#"{"type":"both","rooms":[{"a":1},{"room":"a"}],"at":{}}"#,
            "data.rooms[0].room: missing".to_owned(),
        ),
        (r#"{"type":"both","rooms":[{}],"at":{}}"#, "data.rooms[0].room: missing".to_owned()),
        (r#"{"type":"both","rooms":[{"room":"a"}]}"#, "data.at: missing".to_owned()),
        (
            r#"{"type":"both","rooms":[{"room":"a"}],"at":[]}"#,
            "data.at: expected an object, found a list".to_owned(),
        ),
    ] {
        refused::<Tagged>(text, &expected);
        let inner = expected.replacen("data", "data[1]", 1);
        refused::<Vec<Option<Tagged>>>(&format!("[null,{text}]"), &inner);
        let inner = expected.replacen("data", "data.shape", 1);
        refused::<Whole>(&format!(r#"{{"id":1,"sizes":[],"shape":{text}}}"#), &inner);
    }
    refused::<Whole>(r#"{"id":1,"sizes":[1,2,300]}"#, &format!("data.sizes[2]: {range}"));
    refused::<Whole>(r#"{"id":300,"sizes":[1,2,300]}"#, &format!("data.id: {range}"));
    refused::<Whole>(r#"{"id":1,"sizes":[],"room":{"x":1}}"#, "data.room.room: missing");
    refused::<Whole>(r#"{"id":1,"room":{"room":"a"}}"#, "data.sizes: missing");
    refused::<Vec<Either>>(r#"[1,{"room":"a"},{"room":1}]"#, "data[2]: not in the expected form");
    refused::<Vec<Either>>("[1,null]", "data[1]: not in the expected form, found null");
    let long =
        format!(r#"{{"type":"both","rooms":[{}{{"room":1}}]}}"#, r#"{"room":""},"#.repeat(2000));
    refused::<Tagged>(&long, "data: expected a string, found a whole number");
}

mod content {
    use serde::Deserialize;

    /// Has the name of the type in which serde buffers values.
    #[derive(Debug, Deserialize, PartialEq)]
    pub(super) struct Content {
        pub(super) text: String,
    }
}

#[test]
fn a_list_fills_a_tuple_whose_type_has_the_name_of_serdes_buffer() {
    let pair: (u8, content::Content) = read(r#"[1,{"text":"a"}]"#).unwrap();
    assert_eq!(pair, (1, content::Content { text: "a".to_owned() }));
    refused::<(u8, content::Content)>(
        r#"[1,{"text":2}]"#,
        "data[1].text: expected a string, found a whole number",
    );
}

#[test]
fn the_last_of_several_members_with_one_name_counts_for_every_type() {
    let text = r#"{"room":"a","\u0072oom":"b","x":1,"room":"c"}"#;
    assert_eq!(read::<Room>(text).unwrap().room, "c");
    assert_eq!(decoded(text).unwrap().to_string(), r#"{"room":"c","x":1}"#);
    assert_eq!(
        read::<Plain>(r#"{"stay":1,"stay":{"room":"a"}}"#).unwrap(),
        Plain::Stay { room: "a".to_owned() }
    );
    // More names than are compared pairwise, and most of them more than once.
    let many: String = (0..40).map(|n| format!(r#""n{}":{n},"#, n % 17)).collect();
    let many = format!("{{{}\"z\":0}}", many);
    let value = decoded(&many).unwrap();
    assert_eq!(value, serde_json::from_str::<Value>(&many).unwrap());
    let names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    let first: Vec<_> = (0..17).map(|n| format!("n{n}")).chain(["z".to_owned()]).collect();
    assert_eq!(names, first);
}

#[test]
fn a_wrapper_in_a_dropped_member_is_not_checked() {
    let bad = r#"{"@type":"unknown"}"#;
    assert_eq!(decoded(&format!(r#"{{"a":{bad},"a":1}}"#)).unwrap(), json!({"a": 1}));
    assert_eq!(decoded(&format!(r#"{{"__proto__":{bad},"a":1}}"#)).unwrap(), json!({"a": 1}));
    refused::<Value>(&format!(r#"{{"a":1,"a":{bad}}}"#), "data.a: an @type that is not known");
    refused::<()>(&format!("[1,{bad}]"), "data[1]: an @type that is not known");
}
