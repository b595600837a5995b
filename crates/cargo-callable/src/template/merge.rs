//! One template merged into another: maps key by key, lists by adding what is not there, anything else by replacing.

use serde_json::{Map, Value};

/// Merges `own` into `base`; where both have a value, `own` wins. A null removes the key. Merging the same template
/// again changes nothing.
pub(crate) fn merge(base: &mut Map<String, Value>, own: Map<String, Value>) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (_, Value::Null) => {
                base.shift_remove(&key);
            }
            (Some(Value::Object(there)), Value::Object(new))
                if !is_function(there) && !is_function(&new) =>
            {
                merge(there, new)
            }
            (Some(Value::Array(there)), Value::Array(new)) => {
                for item in new {
                    if !there.contains(&item) {
                        there.push(item);
                    }
                }
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// A map such as `{"Fn::Sub": …}` is one value of CloudFormation's, and is never mixed with another.
fn is_function(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    #[test]
    fn the_later_template_wins_key_by_key() {
        for (base, own, merged) in [
            (
                json!({"a": {"b": 1, "c": 2}}),
                json!({"a": {"c": 3, "d": 4}}),
                json!({"a": {"b": 1, "c": 3, "d": 4}}),
            ),
            (json!({"a": [1, 2]}), json!({"a": [2, 3]}), json!({"a": [1, 2, 3]})),
            (
                json!({"a": {"Ref": "X"}}),
                json!({"a": {"Fn::Sub": "y"}}),
                json!({"a": {"Fn::Sub": "y"}}),
            ),
            (json!({"a": {"Ref": "X"}}), json!({"a": {"b": 1}}), json!({"a": {"b": 1}})),
            (json!({"a": {"b": 1}, "c": 2}), json!({"a": null}), json!({"c": 2})),
            (json!({"a": [1]}), json!({"a": "text"}), json!({"a": "text"})),
            (json!({}), json!({"a": {"Condition": "X"}}), json!({"a": {"Condition": "X"}})),
            (
                json!({"a": {"Type": "T"}}),
                json!({"a": {"Condition": "X"}}),
                json!({"a": {"Type": "T", "Condition": "X"}}),
            ),
        ] {
            let (Value::Object(mut once), Value::Object(own)) = (base, own) else {
                panic!("both are maps")
            };
            merge(&mut once, own.clone());
            assert_eq!(Value::Object(once.clone()), merged);
            let mut twice = once.clone();
            merge(&mut twice, own);
            assert_eq!(twice, once, "merging again changes nothing");
        }
    }
}
