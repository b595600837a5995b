//! Twelve mistakes of a newcomer: each ends in one sentence that names the thing and the cure. Those of a port that is
//! taken and of a missing Node.js are in `run.rs`, with the other things that are wrong before a start.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod run {
    #[allow(dead_code, reason = "run.rs uses the rest")]
    pub(crate) mod local;
}
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use run::local::{FUNCTION, Local, add, project};
use support::{Folder, Run, finish};

/// The tool with a PATH of cargo and rustc only, and with these variables.
fn with(project: &Folder, words: &[&str], variables: &[(&str, &str)]) -> Run {
    let bin = project.path("bin");
    fs::create_dir_all(&bin).unwrap();
    for program in ["cargo", "rustc"] {
        let found = finish(Command::new("rustup").args(["which", program]));
        let _ = std::os::unix::fs::symlink(found.output.trim(), bin.join(program));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callable"));
    command.args(words).current_dir(&project.0).env("PATH", &bin);
    for variable in ["CARGO", "CARGO_TARGET_DIR", "RUSTC", "PORT", "AUTH_PORT", "PAGE_PORT"] {
        command.env_remove(variable);
    }
    finish(command.envs(variables.iter().copied()))
}

fn write(project: &Folder, file: &str, text: &str) {
    let file = project.path(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn each_mistake_before_a_build_is_one_sentence_with_its_cure() {
    let fake = |project: &Folder| {
        let rustc = project.path("old-rustc");
        fs::write(&rustc, "#!/bin/sh\necho 'rustc 1.80.1 (3f5fd8dd4 2024-08-06)'\n").unwrap();
        fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
        rustc.to_str().unwrap().to_owned()
    };
    type Break = fn(&Folder);
    let nothing: Break = |_| {};
    let cases: [(&str, Break, &[&str], &str); 9] = [
        (
            "a wrong project id",
            |project| {
                let manifest = fs::read_to_string(project.path("Cargo.toml")).unwrap();
                write(
                    project,
                    "Cargo.toml",
                    &format!(
                        "{manifest}\n[workspace.metadata.callable.run]\nproject = \"My App\"\n"
                    ),
                );
            },
            &["run", "--no-auth"],
            "Cargo.toml, [workspace.metadata.callable.run]: project is \"My App\", which is not the id of a Firebase project",
        ),
        (
            "two functions of one name",
            |project| {
                add(project, "greet", FUNCTION);
                let file = project.path("functions/greet/Cargo.toml");
                let manifest = fs::read_to_string(&file).unwrap();
                fs::write(file, format!("{manifest}name = \"hello\"\n")).unwrap();
            },
            &["run", "--no-auth"],
            "functions/greet and functions/hello have the same public name hello: rename one folder",
        ),
        (
            "a renamed folder",
            |project| {
                fs::rename(project.path("functions/hello"), project.path("functions/greet"))
                    .unwrap()
            },
            &["build"],
            "functions/greet holds a package named hello: give both the same name",
        ),
        (
            "a template that names a folder which was renamed",
            |project| {
                write(
                    project,
                    "template.yaml",
                    "Resources: { GreetFunction: { Properties: { MemorySize: 512 } } }",
                )
            },
            &["template"],
            "template.yaml adds to GreetFunction, but there is no functions/greet: rename it there, or give it a Type",
        ),
        (
            "a template edited by hand",
            |project| {
                write(project, "template.yaml", "Resources:\n  HelloFunction:\n  Properties: }\n")
            },
            &["template"],
            "template.yaml cannot be read: ",
        ),
        (
            "no cargo-lambda, and no Python that could install it",
            nothing,
            // The default processor may need a Rust target that is not installed: another mistake.
            &["build", "--architecture", "host"],
            "Python 3 is not installed, and cargo-lambda (35 MB) needs it: install python3 and its venv module",
        ),
        (
            "no unwinding in the release profile",
            |project| {
                let manifest = fs::read_to_string(project.path("Cargo.toml")).unwrap();
                write(project, "Cargo.toml", &manifest.replace("panic = \"unwind\"\n", ""));
            },
            &["build"],
            "Cargo.toml needs panic = \"unwind\" in [profile.release]",
        ),
        (
            "a wrong kind",
            |project| {
                let file = project.path("functions/hello/Cargo.toml");
                let manifest = fs::read_to_string(&file).unwrap();
                fs::write(file, manifest.replace("\"callable\"", "\"function\"")).unwrap();
            },
            &["routes"],
            "functions/hello/Cargo.toml, [package.metadata.function]: unknown variant `function`",
        ),
        (
            "no project",
            |project| fs::remove_file(project.path("Cargo.toml")).unwrap(),
            &["run"],
            "There is no project that cargo can read in ",
        ),
    ];
    for (what, make, words, sentence) in cases {
        let project = project(what, &["hello"], "");
        let manifest = fs::read_to_string(project.path("Cargo.toml")).unwrap();
        let manifest = manifest.replace("[workspace.metadata.callable.run]\n", "");
        write(
            &project,
            "Cargo.toml",
            &format!("{manifest}\n[profile.release]\npanic = \"unwind\"\n"),
        );
        make(&project);
        let run = with(&project, words, &[]);
        assert!(!run.success && run.output.starts_with(sentence), "{what}: {}", run.output);
        assert_eq!(run.output.lines().count(), 1, "{what}: {}", run.output);
    }
    let project = project("an old toolchain", &["hello"], "");
    let old = fake(&project);
    for words in [&["build"][..], &["run", "--no-auth"]] {
        let run = with(&project, words, &[("RUSTC", &old)]);
        let sentence = "Rust 1.80.1 is too old for this project, which needs 1.95: write channel = \"1.95.0\" into rust-toolchain.toml, or run rustup update\n";
        assert_eq!(run.output, sentence);
    }
}

#[test]
fn a_missing_variable_and_a_type_error_are_told_to_the_caller_and_at_the_terminal() {
    let folder = project("callers", &["hello", "broken"], "environment = { NEEDED = \"\" }");
    let broken = FUNCTION.replace("std::process::id()", "std::process::id().nothing()");
    fs::write(folder.path("functions/broken/src/main.rs"), broken).unwrap();
    let local = Local::start(&folder);
    for (path, sentence) in [
        ("/hello", "functions/hello does not start: NEEDED is not set"),
        ("/broken", "functions/broken does not compile"),
    ] {
        let (status, body) = local.call(path);
        let error: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, error["error"]["status"].as_str()),
            (503, Some("UNAVAILABLE")),
            "{body}"
        );
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(sentence) && message.lines().count() == 1, "{message}");
    }
    for line in ["NEEDED is not set", "no method named `nothing` found"] {
        assert!(local.printed.contains(line), "{line}: {}", local.printed);
    }
}

#[test]
fn windows_line_ends_and_a_path_with_spaces_are_no_mistakes() {
    let folder = project("windows ends", &["hello"], "environment = { GREETING = \"Hi\" }");
    write(&folder, "template.yaml", "Resources: {}\n");
    for file in
        ["Cargo.toml", "template.yaml", "functions/hello/Cargo.toml", "functions/hello/src/main.rs"]
    {
        let text = fs::read_to_string(folder.path(file)).unwrap();
        fs::write(folder.path(file), text.replace('\n', "\r\n")).unwrap();
    }
    assert!(folder.0.to_str().unwrap().contains(' '));
    let local = Local::start(&folder);
    assert_eq!(local.call("/hello?env=GREETING"), (200, "Hi".to_owned()));
}
