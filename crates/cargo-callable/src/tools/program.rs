//! Programs that are looked up in the PATH, and their versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The numbers of a version, as in `20.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u64>);

impl Version {
    /// The first number with a dot in `text`.
    pub(crate) fn first_in(text: &str) -> Option<Self> {
        text.split(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
            .map(|word| word.trim_matches('.'))
            .find(|word| word.contains('.'))
            .and_then(Self::parse)
    }

    /// The version that `text` is, such as `1.95`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<_>>>().map(Self)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.0.iter().map(u64::to_string).collect();
        formatter.write_str(&parts.join("."))
    }
}

/// The file that `name` starts, or nothing if it is in none of the PATH's folders.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// The version that `name --version` prints, or nothing if it does not start.
pub(crate) fn version_of(name: &Path, arguments: &[&str]) -> Option<Version> {
    let output = Command::new(name).args(arguments).stdin(Stdio::null()).output().ok()?;
    let both = [output.stdout, output.stderr].concat();
    Version::first_in(&String::from_utf8_lossy(&both))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_the_first_number_with_a_dot() {
        for (text, found) in [
            ("cargo-lambda 1.9.2 (67129fc 2026-08-21Z)", Some("1.9.2")),
            ("SAM CLI, version 1.170.0", Some("1.170.0")),
            ("v20.11.1", Some("20.11.1")),
            ("Python 3.11.", Some("3.11")),
            ("no number 7 here", None),
        ] {
            assert_eq!(
                Version::first_in(text).map(|version| version.to_string()).as_deref(),
                found,
                "{text}"
            );
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.10") > version("1.9.2"));
        assert!(version("1.9.2") >= version("1.9"));
    }
}
