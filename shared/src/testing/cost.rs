//! JSON values that are expensive to parse, for tests that limit the work on a token whose signature is not checked yet.

use serde_json::{Value, json};

/// Named values of about this many bytes each. A rule that splits, copies or parses one does more work than the value
/// has bytes; [`spent_by`](super::spent_by) counts that work.
#[must_use]
pub fn costly_values(bytes: usize) -> Vec<(&'static str, Value)> {
    let list = |item: &str| {
        let items = vec![item; bytes / (item.len() + 1)].join(",");
        serde_json::from_str(&format!("[{items}]")).expect("a list")
    };
    let text = |part: &str| json!(part.repeat(bytes / part.len()));
    let members: serde_json::Map<_, _> =
        (0..bytes / 8).map(|n| (format!("{n:04}"), json!(0))).collect();
    vec![
        ("zeros", list("0")),
        ("empty objects", list("{}")),
        ("small objects", list(r#"{"":0}"#)),
        ("floats", list("0.10000000000000000555111512312578270211815834")),
        ("nested lists", list(&format!("{}{}", "[".repeat(100), "]".repeat(100)))),
        ("members", members.into()),
        ("digits", text("9")),
        ("names", text("o:a,")),
        ("masks", text("340282366920938463463374607431768211455,")),
        ("escapes", text("\u{7}")),
        ("dots", text(".")),
    ]
}
