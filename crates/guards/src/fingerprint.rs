//! Names in the table: hashes, so that neither a user id nor a key nor a token can be read in it, and any key has the
//! same length.

use aws_lc_rs::{
    digest::{Context, SHA256},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// A hash of texts. Their boundaries count: `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) fn of_texts(texts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    for text in texts {
        update(&mut context, text.as_bytes());
    }
    finish(context)
}

/// A hash of a JSON value. The order of an object's members does not count: some SDKs write it differently each time.
pub(crate) fn of_value(value: &Value) -> String {
    let mut context = Context::new(&SHA256);
    add(&mut context, value);
    finish(context)
}

/// A name that no other call has.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    // Fails only if the operating system has no random numbers; TLS would have failed before.
    let _ = rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn add(context: &mut Context, value: &Value) {
    match value {
        Value::Array(items) => {
            update(context, b"[");
            items.iter().for_each(|item| add(context, item));
            update(context, b"]");
        }
        Value::Object(members) => {
            update(context, b"{");
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in members {
                update(context, name.as_bytes());
                add(context, member);
            }
            update(context, b"}");
        }
        // Of each kind: its JSON text, in which a string has quotes and a number has none.
        other => update(context, other.to_string().as_bytes()),
    }
}

fn update(context: &mut Context, bytes: &[u8]) {
    context.update(&(bytes.len() as u64).to_le_bytes());
    context.update(bytes);
}

fn finish(context: Context) -> String {
    URL_SAFE_NO_PAD.encode(context.finish())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_count_and_everything_else_does() {
        let same = of_value(&json!({"a": 1, "b": {"c": [1, 2], "d": null}}));
        assert_eq!(of_value(&json!({"b": {"d": null, "c": [1, 2]}, "a": 1})), same);
        for other in [
            json!({"a": 1, "b": {"c": [2, 1], "d": null}}),
            json!({"a": "1", "b": {"c": [1, 2], "d": null}}),
            json!({"a": 1, "b": {"c": [1, 2]}, "d": null}),
            json!({"a": 1.5, "b": {"c": [1, 2], "d": null}}),
            json!([{"a": 1, "b": {"c": [1, 2], "d": null}}]),
        ] {
            assert_ne!(of_value(&other), same, "{other}");
        }
    }

    #[test]
    fn the_boundaries_of_texts_count() {
        assert_ne!(of_texts(&["ab", "c"]), of_texts(&["a", "bc"]));
        assert_ne!(of_texts(&["a"]), of_texts(&["a", ""]));
        assert_eq!(of_texts(&["a", "b"]).len(), 43);
    }
}
