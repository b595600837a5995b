//! The budget is charged at least the memory that a value takes, and at most six times as much.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{DataError, Document, ReadError};

fn within<T: DeserializeOwned>(text: &str, budget: usize) -> Result<T, DataError> {
    Document::check(text.to_owned().into(), budget)?.fit()
}

/// A value of this type, read from this text, takes `size(&value)` bytes on the heap: with a smaller budget it is
/// refused, and with six times as much (and 64 bytes more) it is not.
#[track_caller]
fn takes<T: DeserializeOwned>(text: &str, size: impl Fn(&T) -> usize) {
    let size = size(&within(text, usize::MAX).unwrap());
    let name = std::any::type_name::<T>();
    let error = within::<T>(text, size.saturating_sub(1)).err();
    let expected = (size > 0).then(|| ReadError::over_budget().into_data_error());
    assert_eq!(error, expected, "{name} takes {size}: {}", text.len());
    assert!(within::<T>(text, 6 * size + 64).is_ok(), "{name} takes {size}: {}", text.len());
}

fn list(item: &str, count: usize) -> String {
    format!("[{}]", vec![item; count].join(","))
}

#[test]
fn the_budget_is_charged_at_least_the_memory_that_a_value_takes() {
    for count in [0, 1, 4, 5, 29, 1_000, 5_000] {
        takes::<Vec<u32>>(&list("0", count), |list| list.capacity() * 4);
        takes::<Vec<(f64, f64)>>(&list("[0,0]", count), |list| list.capacity() * 16);
        takes::<Vec<Box<[u64; 4]>>>(&list("[0,0,0,0]", count), |list| {
            list.capacity() * 8 + list.len() * 32
        });
        takes::<Vec<Box<u8>>>(&list("0", count), |list| list.capacity() * 8 + list.len() * 24);
        takes::<Vec<String>>(&list("\"12345678901234567890123456789012\"", count), |list| {
            list.capacity() * 24 + list.len() * 32
        });
        takes::<Vec<Vec<u8>>>(&list("[1]", count), |list| list.capacity() * 24 + list.len() * 8);
        takes::<Vec<Option<u32>>>(&list("0", count), |list| list.capacity() * 8);
        takes::<Value>(&list("0", count), |value| {
            value.as_array().unwrap().capacity() * size_of::<Value>()
        });
        let members: Vec<_> = (0..count).map(|index| format!("\"{index}\":0")).collect();
        let members = format!("{{{}}}", members.join(","));
        takes::<HashMap<u32, u64>>(&members, |map| map.capacity() * 16);
        // A node has room for eleven. After a split it is half full.
        takes::<BTreeMap<u32, u64>>(&members, |map| map.len().div_ceil(11) * 11 * 12);
        takes::<HashMap<String, Value>>(&members, |map| map.capacity() * 96 + map.len() * 16);
        let different: Vec<_> = (0..count).map(|index| index.to_string()).collect();
        takes::<HashSet<u64>>(&format!("[{}]", different.join(",")), |set| set.capacity() * 8);
    }
}

#[test]
fn values_that_are_not_stored_are_not_counted() {
    #[derive(serde::Deserialize)]
    struct Empty {}

    let long = list(r#"{"a":[1,"text"]}"#, 10_000);
    within::<Empty>(&format!(r#"{{"unknown":{long}}}"#), 1_000).unwrap();
    within::<serde::de::IgnoredAny>(&long, 1_000).unwrap();
    assert!(within::<()>(&long, 1_000).unwrap_err().to_string().contains("found a list"));
    within::<[u8; 4]>("[1,2,3,4]", 0).unwrap();
    within::<Option<(u8, f64, bool)>>("[1,2,true]", 0).unwrap();
}
