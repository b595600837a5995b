//! Where a project gets the crates of this repository from: the registry, a folder, or a git repository.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

/// The version of the tool, and of the crates that it makes projects for.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A source of the crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A version in the registry.
    Version(String),
    /// A checkout of this repository on this machine.
    Checkout(PathBuf),
    /// A git repository: its URL, and which commit, tag or branch of it.
    Git { url: String, pins: Vec<(&'static str, String)> },
}

impl Source {
    /// What `--from` says: a version, the folder of a checkout, or the URL of a git repository.
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        if text.starts_with("https://") || text.starts_with("ssh://") || text.starts_with("git@") {
            return Ok(Self::Git { url: text.to_owned(), pins: Vec::new() });
        }
        if text.starts_with(|first: char| first.is_ascii_digit()) && !Path::new(text).exists() {
            return Ok(Self::Version(text.to_owned()));
        }
        let folder = Path::new(text);
        if !is_checkout(folder) {
            return Err(Failure::new(format!(
                "--from {text} is neither a version, nor the URL of a git repository, nor a folder with a checkout of firebase-callable"
            )));
        }
        let whole = folder.canonicalize().map_err(|error| Failure::file(folder, &error))?;
        Ok(Self::Checkout(whole))
    }

    /// The checkout that the tool was compiled from, if it is still there; otherwise the version of the tool.
    pub(crate) fn usual() -> Self {
        let checkout =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(""));
        if is_checkout(checkout) {
            return Self::Checkout(checkout.to_owned());
        }
        Self::Version(VERSION.to_owned())
    }

    /// The entries of a dependency on the crate in this folder of the repository, for a manifest.
    pub(crate) fn entries(&self, folder: &str) -> String {
        match self {
            Self::Version(version) => format!("version = {}", quoted(version)),
            Self::Checkout(checkout) => {
                format!("path = {}", quoted(&checkout.join(folder).to_string_lossy()))
            }
            Self::Git { url, pins } => {
                let pins = pins.iter().map(|(key, value)| format!(", {key} = {}", quoted(value)));
                format!("git = {}{}", quoted(url), pins.collect::<String>())
            }
        }
    }
}

/// The folder is a checkout of this repository.
fn is_checkout(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("shared/Cargo.toml"))
        .is_ok_and(|manifest| manifest.contains("name = \"firebase-callable\""))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Source;

    #[test]
    fn a_source_is_a_version_a_folder_or_a_git_repository() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        for (text, entries) in [
            ("0.2.0", "version = \"0.2.0\"".to_owned()),
            ("https://example.com/x.git", "git = \"https://example.com/x.git\"".to_owned()),
            (checkout.to_str().unwrap(), format!("path = \"{}/shared\"", checkout.display())),
        ] {
            assert_eq!(Source::parse(text).unwrap().entries("shared"), entries);
        }
        assert!(
            Source::parse("/no/such/folder")
                .unwrap_err()
                .to_string()
                .contains("--from /no/such/folder is neither")
        );
    }

    #[test]
    fn a_tool_from_a_checkout_uses_that_checkout() {
        assert!(matches!(Source::usual(), Source::Checkout(_)));
    }
}
