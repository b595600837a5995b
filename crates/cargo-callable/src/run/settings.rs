//! What a project says about its local run: `[workspace.metadata.callable.run]` in its Cargo.toml.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};

/// The settings, parsed once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// The Firebase project that the tokens and the functions are of.
    pub(super) project: String,
    /// Variables of all functions.
    pub(super) environment: Vec<(String, String)>,
    /// Files with further variables, read when a function starts.
    pub(super) environment_files: Vec<PathBuf>,
    /// Programs to start beside the functions, before them.
    pub(super) commands: Vec<Companion>,
    /// A program that serves a page of the project's own.
    pub(super) page: Option<Vec<String>>,
    /// The folder of an installed firebase-tools.
    pub(super) firebase_tools: Option<PathBuf>,
    /// How long a function may take to start.
    pub(super) start: Duration,
}

/// A program that serves once it has printed a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Companion {
    pub(super) command: Vec<String>,
    pub(super) ready: String,
}

const NAMES: [&str; 7] = [
    "project",
    "environment",
    "environment-files",
    "commands",
    "page",
    "firebase-tools",
    "start-seconds",
];

impl Settings {
    /// Reads the `run` table of `[workspace.metadata.callable]`. Paths are relative to `root`.
    pub(super) fn parse(callable: &Map<String, Value>, root: &Path) -> Outcome<Self> {
        let empty = Map::new();
        let run = match callable.get("run") {
            None => &empty,
            Some(value) => value.as_object().ok_or_else(|| wrong("it must be a table"))?,
        };
        if let Some(name) = run.keys().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(wrong(&format!(
                "there is no setting {name}: choose one of {}",
                NAMES.join(", ")
            )));
        }
        let path = |text: String| root.join(text);
        let companion = |value: &Value| {
            let command = value.get("command").and_then(words)?;
            Some(Companion { command, ready: value.get("ready")?.as_str()?.to_owned() })
        };
        Ok(Self {
            project: project_of(field(run, "project", "a text", text)?)?,
            environment: field(run, "environment", "a table of texts", table)?.unwrap_or_default(),
            environment_files: field(run, "environment-files", "a list of paths", texts)?
                .unwrap_or_default()
                .into_iter()
                .map(path)
                .collect(),
            commands: field(
                run,
                "commands",
                "a list of { command = [\"program\", \"argument\"], ready = \"a text that it prints when it serves\" }",
                |value| value.as_array()?.iter().map(companion).collect(),
            )?
            .unwrap_or_default(),
            page: field(run, "page", "a command: [\"program\", \"argument\"]", words)?,
            firebase_tools: field(run, "firebase-tools", "the folder of an installed firebase-tools", text)?.map(path),
            start: field(run, "start-seconds", "a number of seconds from 1 to 900", |value| {
                value.as_u64().filter(|seconds| (1..=900).contains(seconds))
            })?
            .map_or(Duration::from_secs(30), Duration::from_secs),
        })
    }
}

fn field<T>(
    run: &Map<String, Value>,
    name: &str,
    must_be: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Outcome<Option<T>> {
    let Some(value) = run.get(name) else { return Ok(None) };
    read(value).map(Some).ok_or_else(|| wrong(&format!("{name} must be {must_be}")))
}

fn wrong(what: &str) -> Failure {
    Failure::new(format!("Cargo.toml, [workspace.metadata.callable.run]: {what}"))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}

/// A program and its arguments.
fn words(value: &Value) -> Option<Vec<String>> {
    texts(value).filter(|words| !words.is_empty())
}

fn table(value: &Value) -> Option<Vec<(String, String)>> {
    value.as_object()?.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// The id of the Firebase project. Functions refuse to start with another form.
fn project_of(given: Option<String>) -> Outcome<String> {
    let Some(id) = given else { return Ok("demo-app".to_owned()) };
    let letters =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let starts = id.starts_with(|first: char| first.is_ascii_lowercase());
    if starts && (5..=30).contains(&id.len()) && id.chars().all(letters) {
        return Ok(id);
    }
    Err(wrong(&format!(
        "project is {id:?}, which is not the id of a Firebase project: write one like demo-app, which needs no real project"
    )))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{Companion, Settings};

    fn parse(run: &Value) -> Result<Settings, String> {
        let callable = json!({ "run": run });
        Settings::parse(callable.as_object().unwrap(), Path::new("/p"))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_project_need_not_say_anything() {
        let settings = Settings::parse(&serde_json::Map::new(), Path::new("/p")).unwrap();
        assert_eq!(settings.project, "demo-app");
        assert!(settings.commands.is_empty() && settings.page.is_none());
    }

    #[test]
    fn all_settings_are_read() {
        let settings = parse(&json!({
            "environment": { "A": "1" },
            "environment-files": ["local.env"],
            "commands": [{ "command": ["node", "x.mjs"], "ready": "listens" }],
            "page": ["node", "page.mjs"],
            "start-seconds": 5,
        }))
        .unwrap();
        assert_eq!(settings.environment, [("A".to_owned(), "1".to_owned())]);
        assert_eq!(settings.environment_files, [Path::new("/p/local.env")]);
        let command = ["node", "x.mjs"].map(str::to_owned).to_vec();
        assert_eq!(settings.commands, [Companion { command, ready: "listens".to_owned() }]);
        assert_eq!(settings.start.as_secs(), 5);
    }

    #[test]
    fn each_mistake_is_one_sentence_that_names_the_setting() {
        for (run, sentence) in [
            (json!([]), "it must be a table"),
            (
                json!({ "enviroment": {} }),
                "there is no setting enviroment: choose one of project, ",
            ),
            (json!({ "environment": { "A": 1 } }), "environment must be a table of texts"),
            (json!({ "environment-files": "x" }), "environment-files must be a list of paths"),
            (
                json!({ "commands": [{ "command": [], "ready": "x" }] }),
                "commands must be a list of ",
            ),
            (json!({ "commands": [{ "command": ["x"] }] }), "commands must be a list of "),
            (json!({ "page": [] }), "page must be a command"),
            (json!({ "start-seconds": 0 }), "start-seconds must be a number of seconds"),
        ] {
            let found = parse(&run).unwrap_err();
            let begin = "Cargo.toml, [workspace.metadata.callable.run]: ";
            assert!(found.starts_with(&format!("{begin}{sentence}")), "{found}");
            assert_eq!(found.lines().count(), 1);
        }
    }
}
