//! Templates as values. CloudFormation's short tags become their long forms (`!Ref Api` is `{"Ref": "Api"}`), which
//! mean the same and need no tags.

use std::path::Path;

use serde_json::{Map, Value};
use yaml_serde::Value as Yaml;

use crate::failure::{Failure, Outcome};

/// Reads a template. An empty one is an empty map.
pub(crate) fn read(file: &Path, text: &str) -> Outcome<Map<String, Value>> {
    let wrong =
        |problem: String| Failure::new(format!("{} cannot be read: {problem}", file.display()));
    let parsed: Yaml = yaml_serde::from_str(text).map_err(|error| wrong(error.to_string()))?;
    match value_of(parsed).map_err(wrong)? {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(wrong("it is not a map of Parameters, Resources and so on".to_owned())),
    }
}

fn value_of(yaml: Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number).map_err(|error| error.to_string())?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => {
            Value::Array(items.into_iter().map(value_of).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) => {
            let entry = |(key, value)| Ok::<_, String>((key_of(key)?, value_of(value)?));
            Value::Object(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
        }
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string();
            long_form(name.trim_start_matches('!'), value_of(tagged.value)?)
        }
    })
}

fn key_of(key: Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        other => Err(format!("a key is not a text: {other:?}")),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    let (key, value) = match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        // `!GetAtt Table.Arn`: the part up to the first dot is the resource.
        ("GetAtt", Value::String(text)) => {
            let parts = text.splitn(2, '.').map(Value::from).collect();
            ("Fn::GetAtt".to_owned(), Value::Array(parts))
        }
        (_, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(key, value)]))
}

/// Writes a template. A text is plain only where every reader of YAML takes it for a text.
pub(crate) fn write(template: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_map(template, 0, &mut text);
    text
}

fn write_map(map: &Map<String, Value>, depth: usize, text: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 || depth == 0 {
            text.push_str(&"  ".repeat(depth));
        }
        text.push_str(&scalar(key));
        text.push(':');
        write_value(value, depth + 1, text);
    }
}

/// Writes what stands after a key or a hyphen, up to the end of its last line.
fn write_value(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            text.push_str(&"  ".repeat(depth));
            write_map(map, depth, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                text.push_str(&"  ".repeat(depth));
                text.push('-');
                match item {
                    Value::Object(map) if !map.is_empty() => {
                        text.push(' ');
                        write_map(map, depth + 1, text);
                    }
                    other => write_value(other, depth + 1, text),
                }
            }
        }
        Value::String(plain) => {
            text.push(' ');
            text.push_str(&scalar(plain));
            text.push('\n');
        }
        // JSON's other values are YAML's, too.
        other => {
            text.push(' ');
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '.' || last == '}')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || " ./_-{}()';:+=~,".contains(letter))
        && !text.contains(": ")
        && !is_word_of_yaml(text);
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// Words that some reader takes for a truth value or for nothing.
fn is_word_of_yaml(text: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
        .contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{read, write};

    fn value(text: &str) -> Value {
        Value::Object(read(Path::new("template.yaml"), text).unwrap())
    }

    #[test]
    fn tags_become_their_long_forms() {
        for (short, long) in [
            ("a: !Ref Api", json!({"a": {"Ref": "Api"}})),
            ("a: !GetAtt Table.Arn", json!({"a": {"Fn::GetAtt": ["Table", "Arn"]}})),
            (
                "a: !GetAtt Nested.Outputs.Id",
                json!({"a": {"Fn::GetAtt": ["Nested", "Outputs.Id"]}}),
            ),
            ("a: !GetAtt [Table, Arn]", json!({"a": {"Fn::GetAtt": ["Table", "Arn"]}})),
            (
                "a: !If [Has, !Sub \"x\", !Ref AWS::NoValue]",
                json!({"a": {"Fn::If": ["Has", {"Fn::Sub": "x"}, {"Ref": "AWS::NoValue"}]}}),
            ),
            (
                "a: !And [!Condition One, !Not [!Condition Two]]",
                json!({"a": {"Fn::And": [{"Condition": "One"}, {"Fn::Not": [{"Condition": "Two"}]}]}}),
            ),
        ] {
            assert_eq!(value(short), long, "{short}");
        }
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        let template = json!({
            "plain": "a text, with (signs)", "words": ["true", "No", "y", "null", ""], "number": "012", "date": "2010-09-09",
            "colon": "a: b", "hash": "a #b", "quote": "\"'", "lines": "a\nb", "unicode": "é🦀", "pattern": "^(a|b)?$",
            "path": "/{project}/{region}/x", "star": "*", "nested": {"list": [{"a": 1, "b": [true, null]}, ["x"], {}], "empty": [], "map": {}},
            "8": {"Fn::Sub": "${AWS::Region}"}, "AWS::Key": 1.5, "tail": "x:",
        });
        let text = write(template.as_object().unwrap());
        assert_eq!(value(&text), template, "{text}");
        assert_eq!(value(&text.replace('\n', "\r\n")), template, "with the line ends of Windows");
    }

    #[test]
    fn what_cannot_be_read_is_one_sentence_with_the_file() {
        for text in ["a: [", "a: 1\na: 2", "- a", "a:\n\t- b", "? [a]\n: b"] {
            let sentence =
                read(Path::new("functions/x/template.yaml"), text).unwrap_err().to_string();
            assert!(
                sentence.starts_with("functions/x/template.yaml cannot be read: "),
                "{sentence}"
            );
            assert_eq!(sentence.lines().count(), 1, "{sentence}");
        }
        assert_eq!(value("# only a comment"), json!({}));
    }
}
