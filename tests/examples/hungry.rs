//! A callable that parses any `data` into the type that the variable `HANDLER` names, and returns a count of what it
//! parsed. For tests only.
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a program for tests")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, LinkedList},
    process::ExitCode,
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use shared::{Callable, CallableRequest};

#[derive(Deserialize)]
#[allow(dead_code, reason = "read from data, and counted only")]
struct Point {
    x: f64,
    y: f64,
}

/// A value takes much more memory than its shortest JSON, `{}`.
#[derive(Deserialize)]
#[serde(default)]
#[allow(dead_code, reason = "read from data, and counted only")]
struct Large {
    numbers: [[u64; 8]; 8],
}

impl Default for Large {
    fn default() -> Self {
        Self { numbers: [[1; 8]; 8] }
    }
}

/// serde buffers the whole value before it tries the variants one after the other.
#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "read from data, and counted only")]
enum Either {
    Points(Vec<Point>),
    Names(Vec<String>),
}

fn counting<T: DeserializeOwned + Send + 'static>(count: fn(&T) -> usize) -> Callable {
    Callable::new(move |request: CallableRequest<T>| {
        let count = count(&request.data);
        async move { Ok(count) }
    })
}

fn main() -> ExitCode {
    shared::run(match std::env::var("HANDLER").expect("HANDLER").as_str() {
        "Value" => counting::<Value>(|_| 1),
        "HashMap<String, Value>" => counting::<HashMap<String, Value>>(HashMap::len),
        "BTreeMap<String, u8>" => counting::<BTreeMap<String, u8>>(BTreeMap::len),
        "Vec<Point>" => counting::<Vec<Point>>(Vec::len),
        "Vec<f64>" => counting::<Vec<f64>>(Vec::len),
        "Vec<Vec<u8>>" => counting::<Vec<Vec<u8>>>(Vec::len),
        "Vec<BTreeMap<String, u8>>" => counting::<Vec<BTreeMap<String, u8>>>(Vec::len),
        "Vec<HashMap<String, u8>>" => counting::<Vec<HashMap<String, u8>>>(Vec::len),
        "Vec<Box<Large>>" => counting::<Vec<Box<Large>>>(Vec::len),
        "Vec<Box<u8>>" => counting::<Vec<Box<u8>>>(Vec::len),
        "LinkedList<u8>" => counting::<LinkedList<u8>>(LinkedList::len),
        "BTreeSet<u32>" => counting::<BTreeSet<u32>>(BTreeSet::len),
        "Vec<Large>" => counting::<Vec<Large>>(Vec::len),
        "Vec<Option<String>>" => counting::<Vec<Option<String>>>(Vec::len),
        "Vec<Box<RawValue>>" => counting::<Vec<Box<RawValue>>>(Vec::len),
        "Box<RawValue>" => counting::<Box<RawValue>>(|raw| raw.get().len()),
        "untagged" => counting::<Either>(|_| 1),
        "String" => counting::<String>(String::len),
        "()" => counting::<()>(|()| 0),
        other => panic!("{other} is not a handler of this program"),
    })
}
