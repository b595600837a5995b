//! What an upgrade changes in TOML files. Comments, order and line ends stay.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, Value, value};

use crate::architecture::Architecture;
use crate::failure::{Failure, Outcome};
use crate::source::VERSION;
use crate::tools::program::Version;
use crate::tools::rust::{OLDEST, channel};

/// A TOML file that is being changed.
pub(super) struct Document {
    document: DocumentMut,
    windows: bool,
}

/// The build settings that a project must have; a key that is there is the project's own, except for `panic`.
const PROFILE: [(&str, &str); 5] = [
    ("lto", "\"fat\""),
    ("codegen-units", "1"),
    ("opt-level", "2"),
    ("strip", "true"),
    ("panic", "\"unwind\""),
];

impl Document {
    pub(super) fn parse(file: &Path, text: &str) -> Outcome<Self> {
        let document = text
            .parse()
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
        Ok(Self { document, windows: text.contains("\r\n") })
    }

    pub(super) fn text(&self) -> String {
        let text = self.document.to_string().replace("\r\n", "\n");
        if self.windows { text.replace('\n', "\r\n") } else { text }
    }

    /// Sets the version of the crates of this repository, where one is written.
    pub(super) fn set_versions(&mut self) {
        for path in [&["workspace", "dependencies"][..], &["dependencies"], &["dev-dependencies"]] {
            let Some(dependencies) = self.at_mut(path).and_then(Item::as_table_like_mut) else {
                continue;
            };
            for (name, dependency) in dependencies.iter_mut() {
                let package =
                    dependency.get("package").and_then(Item::as_str).unwrap_or(name.get());
                if !package.starts_with("firebase-callable") {
                    continue;
                }
                if dependency.is_str() {
                    set(dependency, VERSION);
                } else if let Some(version) = dependency.get_mut("version") {
                    set(version, VERSION);
                }
            }
        }
    }

    /// Adds the build settings that are missing.
    pub(super) fn complete_profile(&mut self) {
        let release = implicit_table(self.document.as_table_mut(), "profile");
        let Some(release) =
            release.map(|profiles| profiles.entry("release").or_insert(Item::Table(Table::new())))
        else {
            return;
        };
        let Some(release) = release.as_table_like_mut() else { return };
        for (key, text) in PROFILE {
            let must = key == "panic" && release.get(key).and_then(Item::as_str) != Some("unwind");
            if must || !release.contains_key(key) {
                let setting = text.parse::<Value>().map_or(Item::None, value);
                release.insert(key, setting);
            }
        }
    }

    /// Removes the routes of `cargo lambda watch`, which nothing reads any more.
    pub(super) fn remove_router(&mut self) {
        let path = ["workspace", "metadata", "lambda", "watch", "router"];
        for depth in (1..path.len()).rev() {
            let (Some(above), Some(key)) = (path.get(..depth), path.get(depth)) else { continue };
            let Some(table) = self.at_mut(above).and_then(Item::as_table_like_mut) else {
                continue;
            };
            let empty =
                table.get(key).and_then(Item::as_table_like).is_some_and(|table| table.is_empty());
            if depth + 1 == path.len() || (depth > 1 && empty) {
                table.remove(key);
            }
        }
    }

    /// Writes the processor that deployments have used, if it is not the default.
    pub(super) fn set_architecture(&mut self, architecture: Architecture) {
        let metadata = implicit_table(self.document.as_table_mut(), "workspace")
            .and_then(|workspace| implicit_table(workspace, "metadata"))
            .map(|metadata| metadata.entry("callable").or_insert(Item::Table(Table::new())));
        if let Some(callable) = metadata.and_then(|callable| callable.as_table_like_mut())
            && !callable.contains_key("architecture")
        {
            callable.insert("architecture", value(architecture.name()));
        }
    }

    /// Declares that a function streams.
    pub(super) fn set_stream(&mut self) {
        if let Some(function) =
            self.at_mut(&["package", "metadata", "function"]).and_then(Item::as_table_like_mut)
        {
            function.insert("stream", value(true));
        }
    }

    /// Adds the variables that the build of aws-lc reads.
    pub(super) fn complete_environment(&mut self) {
        let Some(environment) =
            self.document.entry("env").or_insert(Item::Table(Table::new())).as_table_like_mut()
        else {
            return;
        };
        for name in ["AWS_LC_SYS_NO_JITTER_ENTROPY", "AWS_LC_SYS_SMALL"] {
            if !environment.contains_key(name) {
                environment.insert(name, value("1"));
            }
        }
    }

    /// Raises the compiler's version if it is too old.
    pub(super) fn raise_toolchain(&mut self) {
        let Some(found_channel) = self.at_mut(&["toolchain", "channel"]) else { return };
        let found = found_channel.as_str().and_then(Version::parse);
        if found.is_some_and(|found| Version::parse(OLDEST).is_some_and(|oldest| found < oldest)) {
            set(found_channel, &channel());
        }
    }

    fn at_mut(&mut self, path: &[&str]) -> Option<&mut Item> {
        let mut item = self.document.as_item_mut();
        for key in path {
            // Not `get_mut` of the item itself, which would add a key that is absent.
            item = item.as_table_like_mut()?.get_mut(key)?;
        }
        Some(item)
    }
}

/// A table that is only the parent of others, and so has no line of its own.
fn implicit_table<'a>(above: &'a mut Table, key: &str) -> Option<&'a mut Table> {
    let mut implicit = Table::new();
    implicit.set_implicit(true);
    above.entry(key).or_insert(Item::Table(implicit)).as_table_mut()
}

/// Replaces a text, and keeps the blanks and comments around it.
fn set(item: &mut Item, text: &str) {
    let Some(old) = item.as_value_mut() else { return };
    let decor = old.decor().clone();
    *old = Value::from(text);
    *old.decor_mut() = decor;
}
