//! The Rust toolchain of a project: which version its folder uses.

use std::path::Path;
use std::process::{Command, Stdio};

use super::program::Version;
use crate::failure::{Failure, Outcome};

/// The oldest compiler that builds the crates of this version.
pub(crate) const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// The channel that a rust-toolchain.toml names: a whole version, as rustup installs it.
pub(crate) fn channel() -> String {
    if OLDEST.matches('.').count() > 1 { OLDEST.to_owned() } else { format!("{OLDEST}.0") }
}

/// Refuses a compiler that is too old, before cargo says so for each crate.
pub(crate) fn check(root: &Path) -> Outcome<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        Command::new(rustc).arg("--version").current_dir(root).stdin(Stdio::null()).output();
    let printed = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let Some(found) = Version::first_in(&printed) else {
        return Err(Failure::new("rustc does not start: install Rust from https://rustup.rs"));
    };
    if Version::parse(OLDEST).is_some_and(|oldest| found < oldest) {
        return Err(Failure::new(format!(
            "Rust {found} is too old for this project, which needs {OLDEST}: write channel = \"{}\" into rust-toolchain.toml, or run rustup update",
            channel()
        )));
    }
    Ok(())
}
