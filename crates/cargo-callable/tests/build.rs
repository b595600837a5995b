//! `cargo callable build`: a function has the same bytes whether it is built alone or with others.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Folder, Run, finish};

/// Two functions that use a common crate as it is, and one that enables a feature of it.
fn project(name: &str) -> Folder {
    let folder = Folder::new(name);
    let write = |file: &str, text: &str| {
        let file = folder.path(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"common\", \"functions/*\"]\n[profile.release]\npanic = \"unwind\"\nopt-level = 0\n",
    );
    write(
        "common/Cargo.toml",
        "[package]\nname = \"common\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nloud = []\n",
    );
    write(
        "common/src/lib.rs",
        "pub fn greeting() -> &'static str { if cfg!(feature = \"loud\") { \"HELLO TO EVERYBODY\" } else { \"hello\" } }\n",
    );
    for (name, features) in [("first", ""), ("loud", ", features = [\"loud\"]"), ("third", "")] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\ncommon = {{ path = \"../../common\"{features} }}\n[package.metadata.function]\nkind = \"callable\"\n"
        );
        write(&format!("functions/{name}/Cargo.toml"), &manifest);
        write(
            &format!("functions/{name}/src/main.rs"),
            "fn main() { println!(\"{}\", common::greeting()); }\n",
        );
    }
    folder
}

/// Builds with the cargo-lambda of this checkout or of the PATH; nothing if there is none.
fn build(project: &Folder, names: &[&str]) -> Option<Run> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let all = std::iter::once(checkout.join(".tools/venv/bin")).chain(std::env::split_paths(&path));
    let all: Vec<_> = all.collect();
    if !all.iter().any(|folder| folder.join("cargo-lambda").exists()) {
        println!("SKIPPED: cargo-lambda is not installed");
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callable"));
    command.arg("build").args(names).args(["--architecture", "host"]).current_dir(&project.0);
    command.env("PATH", std::env::join_paths(all).unwrap()).env_remove("CARGO_TARGET_DIR");
    Some(finish(&mut command))
}

#[test]
fn a_function_has_the_same_bytes_alone_and_with_one_that_enables_a_feature() {
    let project = project("build");
    let program =
        |name: &str| fs::read(project.path(&format!("target/lambda/{name}/bootstrap"))).unwrap();
    let Some(all) = build(&project, &[]) else { return };
    assert!(all.success, "{}", all.output);
    let together = ["first", "loud", "third"].map(program);
    for (name, with_others) in ["first", "loud", "third"].into_iter().zip(&together) {
        let alone = build(&project, &[name]).unwrap();
        assert!(
            alone.success && alone.output.contains(&format!("bytes  {name}")),
            "{}",
            alone.output
        );
        assert!(program(name) == *with_others, "{name} has other bytes alone");
        let says =
            finish(&mut Command::new(project.path(&format!("target/lambda/{name}/bootstrap"))))
                .output;
        assert_eq!(says.trim() == "HELLO TO EVERYBODY", name == "loud", "{name} says {says}");
    }
}

#[test]
fn what_cannot_be_built_is_a_sentence() {
    let project = project("cannot build");
    let Some(unknown) = build(&project, &["nothing"]) else { return };
    assert_eq!(unknown.output, "There is no functions/nothing: choose of first, loud, third\n");
    fs::write(project.path("functions/third/src/main.rs"), "fn main() { wrong }\n").unwrap();
    let broken = build(&project, &["third"]).unwrap();
    assert!(
        !broken.success
            && broken.output.ends_with("third could not be built: see the lines above\n"),
        "{}",
        broken.output
    );
}
