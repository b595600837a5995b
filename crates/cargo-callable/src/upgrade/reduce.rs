//! Takes out of a whole template what the tool writes now, line by line: what stays keeps its comments and its order.

use serde_json::{Map, Value};

/// Values that need not be written: what the tool writes, and what its earlier versions wrote.
pub(super) struct Known<'a>(pub(super) Vec<&'a Value>);

impl Known<'_> {
    /// The whole value is one of the known ones.
    fn has(&self, value: &Value) -> bool {
        self.0.contains(&value)
    }

    /// What is known of one entry.
    fn below(&self, key: &str) -> Known<'_> {
        Known(self.0.iter().filter_map(|known| known.get(key)).collect())
    }
}

/// The template's text without what is known, or nothing if it is not written in the usual form, one entry per line.
pub(super) fn reduced(
    text: &str,
    template: &Map<String, Value>,
    known: &Known<'_>,
) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let kept = block(&lines, 0, template, known)?;
    let mut text = kept.join("\n");
    // The blank lines of what went: two in a row, and those at the start of a section.
    for (gap, closed) in [("\n\n\n", "\n\n"), (":\n\n", ":\n")] {
        while text.contains(gap) {
            text = text.replace(gap, closed);
        }
    }
    Some(format!("{}\n", text.trim()))
}

/// The lines of a map whose keys stand `indent` spaces from the left.
fn block<'a>(
    lines: &[&'a str],
    indent: usize,
    map: &Map<String, Value>,
    known: &Known<'_>,
) -> Option<Vec<&'a str>> {
    let mut kept = Vec::new();
    let mut found = 0;
    let mut start = 0;
    while start < lines.len() {
        // Comments and blank lines belong to the entry below them.
        let head = (start..lines.len())
            .find(|at| lines.get(*at).is_some_and(|line| is_entry(line, indent)));
        let Some(head) = head else {
            kept.extend(lines.get(start..)?);
            break;
        };
        let end = end_of(lines, head, indent);
        let key = key_of(lines.get(head)?);
        let value = map.get(&key)?;
        found += 1;
        let own = entry(lines.get(head..end)?, indent, value, &known.below(&key), known, &key)?;
        if !own.is_empty() {
            kept.extend(lines.get(start..head)?);
            kept.extend(own);
        }
        start = end;
    }
    (found == map.len()).then_some(kept)
}

/// What stays of one entry.
fn entry<'a>(
    lines: &[&'a str],
    indent: usize,
    value: &Value,
    known: &Known<'_>,
    around: &Known<'_>,
    key: &str,
) -> Option<Vec<&'a str>> {
    let is_there = around.0.iter().any(|map| map.get(key).is_some());
    if is_there && known.has(value) {
        return Some(Vec::new());
    }
    let Value::Object(map) = value else { return Some(lines.to_vec()) };
    let Some(first) = lines.iter().skip(1).find(|line| !is_comment(line)) else {
        return Some(lines.to_vec());
    };
    let depth = first.len() - first.trim_start().len();
    if known.0.iter().all(|value| !value.is_object()) || depth <= indent || !is_entry(first, depth)
    {
        return Some(lines.to_vec());
    }
    let inner = block(lines.get(1..)?, depth, map, known)?;
    if inner.iter().all(|line| is_comment(line)) {
        return Some(Vec::new());
    }
    Some(lines.first().copied().into_iter().chain(inner).collect())
}

/// The line after the last of the entry that starts at `head`. Comments before the next entry are not its own.
fn end_of(lines: &[&str], head: usize, indent: usize) -> usize {
    let next =
        |at: &usize| lines.get(*at).is_some_and(|line| !is_comment(line) && spaces(line) <= indent);
    let end = (head + 1..lines.len()).find(next).unwrap_or(lines.len());
    let own = (head + 1..end).rev().find(|at| {
        lines.get(*at).is_some_and(|line| {
            !is_comment(line) || spaces(line) > indent && !line.trim().is_empty()
        })
    });
    own.map_or(head + 1, |last| last + 1).min(end)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A line with a key at this depth.
fn is_entry(line: &str, indent: usize) -> bool {
    !is_comment(line)
        && spaces(line) == indent
        && !line.trim_start().starts_with('-')
        && line.contains(':')
}

fn key_of(line: &str) -> String {
    let line = line.trim();
    let key = match line.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split(['"', '\'']).next().unwrap_or_default(),
        None => line.split_once(": ").map_or(line.trim_end_matches(':'), |(key, _)| key),
    };
    key.trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::{Known, reduced};
    use crate::template::read;

    fn reduce(text: &str, known: &[&str]) -> Option<String> {
        let value = |text: &str| Value::Object(read(Path::new("t"), text).unwrap());
        let known: Vec<Value> = known.iter().map(|text| value(text)).collect();
        let Value::Object(template) = value(text) else { panic!("a map") };
        reduced(text, &template, &Known(known.iter().collect()))
    }

    #[test]
    fn what_is_known_goes_and_the_rest_keeps_its_comments_and_order() {
        let text = "# of the file\nParameters:\n  # known\n  One: { Type: String }\n\n  # own\n  Two:\n    Type: Number # here\n\nResources:\n  Api:\n    Type: A\n    Properties:\n      # changed\n      Name: mine\n      Stage: prod\n";
        let known = "Parameters:\n  One: { Type: String }\nResources:\n  Api:\n    Type: A\n    Properties: { Name: theirs, Stage: prod }\n";
        let kept = "# of the file\nParameters:\n  # own\n  Two:\n    Type: Number # here\n\nResources:\n  Api:\n    Properties:\n      # changed\n      Name: mine\n";
        assert_eq!(reduce(text, &[known]).as_deref(), Some(kept));
    }

    #[test]
    fn a_value_of_any_earlier_version_is_known() {
        let kept =
            reduce("A:\n  x: 1\n  y: 2\n  z: 3\n", &["A: { x: 1, y: 9 }", "A: { x: 8, y: 2 }"]);
        assert_eq!(kept.as_deref(), Some("A:\n  z: 3\n"));
    }

    #[test]
    fn another_form_of_yaml_is_left_alone() {
        assert_eq!(reduce("{ A: { x: 1 } }", &["A: { x: 1 }"]), None);
        assert_eq!(
            reduce("A: { x: 1, y: 2 }\n", &["A: { x: 1 }"]).as_deref(),
            Some("A: { x: 1, y: 2 }\n")
        );
        assert_eq!(reduce("A:\n- 1\n", &["A: [2]"]).as_deref(), Some("A:\n- 1\n"));
    }
}
