//! The manifest of a new function. What the workspace defines is inherited; what it does not define is written out, so
//! that nothing else has to be edited.

use std::fs;
use std::path::Path;

use toml_edit::{DocumentMut, Item};

use super::kinds::Parts;
use crate::failure::{Failure, Outcome};
use crate::source::Source;

/// What a new function's manifest says of it.
pub(crate) struct New<'a> {
    pub(crate) folder: &'a str,
    pub(crate) public_name: Option<&'a str>,
    /// The public names of several callables.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) stream: bool,
    pub(crate) parts: &'a Parts,
}

/// The manifest of a project's workspace.
pub(crate) struct Root(DocumentMut);

impl Root {
    pub(crate) fn read(root: &Path) -> Outcome<Self> {
        let file = root.join("Cargo.toml");
        let text = fs::read_to_string(&file).map_err(|error| Failure::file(&file, &error))?;
        text.parse()
            .map(Self)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))
    }

    fn inherits(&self, table: &str, key: &str) -> bool {
        self.workspace(table).and_then(|table| table.get(key)).is_some()
    }

    fn workspace(&self, table: &str) -> Option<&Item> {
        self.0.get("workspace")?.get(table)
    }

    /// Where this project's `shared` comes from: its neighbours come from there, too.
    fn source(&self) -> Source {
        let found = |key: &str| {
            let shared = self.workspace("dependencies")?.get("shared")?;
            shared.get(key)?.as_str().map(str::to_owned)
        };
        if let Some(url) = found("git") {
            // Another commit of a neighbour would bring a second copy of `shared`.
            let pin = |key: &'static str| found(key).map(|value| (key, value));
            return Source::Git {
                url,
                pins: ["rev", "tag", "branch"].into_iter().filter_map(pin).collect(),
            };
        }
        if let Some(path) = found("path") {
            // Relative to the workspace there, and to the function's folder here.
            let shared = Path::new("../..").join(path);
            return shared
                .parent()
                .map_or_else(Source::usual, |checkout| Source::Checkout(checkout.to_owned()));
        }
        found("version").map_or_else(Source::usual, Source::Version)
    }

    /// The manifest of the function.
    pub(crate) fn manifest_of(&self, new: &New<'_>) -> String {
        let mut text = format!("[package]\nname = \"{}\"\n", new.folder);
        for (key, otherwise) in [
            ("version", "\"0.1.0\""),
            ("edition", "\"2024\""),
            ("rust-version", ""),
            ("license", ""),
            ("publish", "false"),
        ] {
            if self.inherits("package", key) {
                text += &format!("{key}.workspace = true\n");
            } else if !otherwise.is_empty() {
                text += &format!("{key} = {otherwise}\n");
            }
        }
        text += "\n# What the function is: kind = \"http\" for one that no Firebase SDK calls, such as a webhook; name = \"…\" if\n# clients call it by another name than the folder's in camel case; stream = true if it sends chunks.\n";
        text += "[package.metadata.function]\nkind = \"callable\"\n";
        if let Some(name) = new.public_name {
            text += &format!("name = \"{name}\"\n");
        }
        if let Some(names) = &new.names {
            text += &format!("names = {names:?}\n");
        }
        if new.stream {
            text += "stream = true\n";
        }
        let features: Vec<_> =
            new.parts.emulator.iter().map(|feature| format!("\"{feature}\"")).collect();
        text += "\n[features]\n# Lets a local run accept tokens of the Auth emulator. Never in a release.\n";
        text += &format!("emulator = [{}]\n\n[dependencies]\n", features.join(", "));
        for name in new.parts.dependencies {
            text += &self.dependency(name, None);
        }
        text += "\n[dev-dependencies]\n";
        if !new.parts.dependencies.contains(&"serde_json") {
            text += &self.dependency("serde_json", None);
        }
        text += &self.dependency("shared", Some("testing"));
        text += &self.dependency("tokio", Some("macros"));
        if self.0.get("workspace").is_some_and(|workspace| workspace.get("lints").is_some()) {
            text += "\n[lints]\nworkspace = true\n";
        }
        text
    }

    fn dependency(&self, name: &str, feature: Option<&str>) -> String {
        if self.inherits("dependencies", name) {
            return match feature {
                None => format!("{name}.workspace = true\n"),
                Some(feature) => {
                    format!("{name} = {{ workspace = true, features = [\"{feature}\"] }}\n")
                }
            };
        }
        let entries = match name {
            "shared" => format!("package = \"firebase-callable\", {}", self.source().entries("shared")),
            "firebase-callable-aws" => self.source().entries("crates/aws"),
            "firebase-callable-google" => self.source().entries("crates/google"),
            "aws-sdk-dynamodb" => "version = \"1.136\", default-features = false, features = [\"rt-tokio\"]".to_owned(),
            "reqwest" => "version = \"0.13.5\", default-features = false, features = [\"json\", \"rustls-no-provider\"]".to_owned(),
            "schemars" => "version = \"1.2\", default-features = false, features = [\"derive\", \"std\"]".to_owned(),
            "serde" => "version = \"1\", features = [\"derive\"]".to_owned(),
            "tokio" => "version = \"1\", default-features = false, features = [\"macros\", \"rt\"]".to_owned(),
            _ => "version = \"1\"".to_owned(),
        };
        match feature.filter(|_| name == "shared") {
            None => format!("{name} = {{ {entries} }}\n"),
            Some(feature) => format!("{name} = {{ {entries}, features = [\"{feature}\"] }}\n"),
        }
    }
}
