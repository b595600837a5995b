//! The profiles of a build, and what the project's own must say.

use std::fs;
use std::path::Path;

use toml_edit::DocumentMut;

use crate::failure::{Failure, Outcome};

/// Links in seconds: no optimisation across crates, and each crate in parts that are compiled at the same time.
const FAST: [&str; 5] = [
    "profile.fast.inherits=\"release\"",
    "profile.fast.lto=\"off\"",
    "profile.fast.codegen-units=16",
    "profile.fast.opt-level=1",
    "profile.fast.incremental=true",
];

/// The options of cargo that choose the profile.
pub(super) fn words(fast: bool) -> Vec<&'static str> {
    if !fast {
        return vec!["--release"];
    }
    FAST.iter().flat_map(|setting| ["--config", setting]).chain(["--profile", "fast"]).collect()
}

/// Refuses a release profile under which a panic would end the process. Without the line, cargo-lambda adds "abort".
pub(super) fn check(root: &Path) -> Outcome<()> {
    let file = root.join("Cargo.toml");
    let text = fs::read_to_string(&file).map_err(|error| Failure::file(&file, &error))?;
    let manifest: DocumentMut = text
        .parse()
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))?;
    let panic = manifest
        .get("profile")
        .and_then(|profiles| profiles.get("release")?.get("panic")?.as_str());
    if panic == Some("unwind") {
        return Ok(());
    }
    Err(Failure::new(
        "Cargo.toml needs panic = \"unwind\" in [profile.release], so that a panic is an error of its call and not the end of the process: cargo callable upgrade writes it",
    ))
}
