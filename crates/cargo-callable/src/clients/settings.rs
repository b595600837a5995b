//! Where the clients' files go: `types` in `[workspace.metadata.callable]`.

use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};

/// A language of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    TypeScript,
    Swift,
    Kotlin,
    Dart,
}

impl Language {
    pub(crate) const ALL: [Self; 4] = [Self::TypeScript, Self::Swift, Self::Kotlin, Self::Dart];

    /// The name of its setting.
    const fn setting(self) -> &'static str {
        match self {
            Self::TypeScript => "typescript",
            Self::Swift => "swift",
            Self::Kotlin => "kotlin",
            Self::Dart => "dart",
        }
    }

    const fn usual_path(self) -> &'static str {
        match self {
            Self::TypeScript => "clients/callables.ts",
            Self::Swift => "clients/Callables.swift",
            Self::Kotlin => "clients/Callables.kt",
            Self::Dart => "clients/callables.dart",
        }
    }
}

/// The files to write, with their paths in the project's folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Targets {
    pub(crate) files: Vec<(Language, String)>,
    /// Whether the project names them. If not, all languages are written into `clients/`.
    pub(crate) chosen: bool,
}

impl Targets {
    /// Reads the table `types` of `[workspace.metadata.callable]`.
    pub(crate) fn parse(callable: &Map<String, Value>) -> Outcome<Self> {
        let Some(table) = callable.get("types") else {
            let files = Language::ALL.map(|one| (one, one.usual_path().to_owned())).to_vec();
            return Ok(Self { files, chosen: false });
        };
        let form = || {
            wrong("it must be a table of paths, as in types.typescript = \"web/src/callables.ts\"")
        };
        let mut files = Vec::new();
        for (name, path) in table.as_object().ok_or_else(form)? {
            let Some(language) = Language::ALL.into_iter().find(|one| one.setting() == name) else {
                let known = Language::ALL.map(Language::setting).join(", ");
                return Err(wrong(&format!("there is no language {name}: choose one of {known}")));
            };
            files.push((language, path.as_str().ok_or_else(form)?.to_owned()));
        }
        Ok(Self { files, chosen: true })
    }
}

fn wrong(what: &str) -> Failure {
    Failure::new(format!("Cargo.toml, [workspace.metadata.callable.types]: {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Language, Targets};

    fn parse(types: &Value) -> Result<Targets, String> {
        let callable = json!({ "types": types });
        Targets::parse(callable.as_object().unwrap()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_project_names_the_files_that_it_wants_or_gets_all() {
        let all = Targets::parse(&serde_json::Map::new()).unwrap();
        assert_eq!((all.files.len(), all.chosen), (4, false));
        let one = parse(&json!({ "typescript": "web/callables.ts" })).unwrap();
        let files = vec![(Language::TypeScript, "web/callables.ts".to_owned())];
        assert_eq!(one, Targets { files, chosen: true });
        assert_eq!(parse(&json!({})), Ok(Targets { files: vec![], chosen: true }));
    }

    #[test]
    fn each_mistake_is_one_sentence_that_names_the_setting() {
        for (types, sentence) in [
            (json!("x"), "it must be a table of paths"),
            (json!({ "typescript": 1 }), "it must be a table of paths"),
            (json!({ "java": "x" }), "there is no language java: choose one of typescript, swift"),
        ] {
            let found = parse(&types).unwrap_err();
            let start = "Cargo.toml, [workspace.metadata.callable.types]: ";
            assert!(found.starts_with(&format!("{start}{sentence}")), "{found}");
        }
    }
}
