//! `cargo callable doctor` in projects that lack something.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::fs;

use support::{Folder, tool};

#[test]
fn each_thing_that_a_project_lacks_is_a_sentence_with_its_cure() {
    let project = Folder::project("doctor");
    let healthy = tool(&project.0, &["doctor"]).output;
    assert!(healthy.contains(": ok\n"), "{healthy}");
    for (file, from, to, sentence) in [
        (
            "Cargo.toml",
            "panic = \"unwind\"\n",
            "",
            "Cargo.toml: without panic = \"unwind\" in [profile.release], a panic ends the process",
        ),
        ("Cargo.toml", "lto = \"fat\"\n", "", "Cargo.toml: without lto in [profile.release]"),
        ("Cargo.toml", "arm64", "sparc", "architecture is \"sparc\", and must be"),
        (
            ".cargo/config.toml",
            "AWS_LC_SYS_NO_JITTER_ENTROPY",
            "OTHER",
            ".cargo/config.toml: without AWS_LC_SYS_NO_JITTER_ENTROPY in [env]",
        ),
        ("template.yaml", "Resources: {}", "Resources: [", "template.yaml cannot be read"),
        (
            "functions/hello/Cargo.toml",
            "emulator = ",
            "other = ",
            "functions/hello: without a feature emulator",
        ),
    ] {
        let whole = fs::read_to_string(project.path(file)).unwrap();
        assert!(whole.contains(from), "{file} has {from}");
        fs::write(project.path(file), whole.replace(from, to)).unwrap();
        let run = tool(&project.0, &["doctor"]);
        assert!(!run.success && run.output.contains(sentence), "{sentence}: {}", run.output);
        fs::write(project.path(file), whole).unwrap();
    }
}

#[test]
fn tools_are_listed_with_their_versions_and_outside_of_a_project_too() {
    let folder = Folder::new("no project");
    let run = tool(&folder.0, &["doctor", "--tests"]);
    for part in [
        "  ok       rustc        1.",
        "For cargo callable run as well:",
        "valgrind",
        "There is no project in this folder: cargo callable init my-app makes one.",
    ] {
        assert!(run.output.contains(part), "{part}: {}", run.output);
    }
}
