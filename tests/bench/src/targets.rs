//! The measured programs: the shipped callable, and those that users would choose instead.

use std::path::PathBuf;

use crate::process::Target;

pub(crate) const OURS: &str = "ours";
pub(crate) const NAIVE: &str = "naive Rust";
pub(crate) const FLOOR: &str = "lambda_http, constant";
pub(crate) const NODE: &str = "Node, firebase-functions";
pub(crate) const JOSE: &str = "Node, jose";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the key endpoint's certificates.
pub(crate) fn certificates() -> PathBuf {
    root().join(".tools/bench/certificates")
}

/// The shipped callable. Where the key endpoint has TLS, the same with one root certificate more.
pub(crate) fn ours() -> Target {
    Target {
        cold: Some(vec![file(".tools/bench/ours/release/ours")]),
        records: Some(vec![file(".tools/bench/ours/release/records")]),
        ..shipped("return-authenticated-message", OURS)
    }
}

/// All programs that are compared.
pub(crate) fn all() -> Vec<Target> {
    vec![
        ours(),
        native(NAIVE, ".tools/bench/target/release/naive"),
        Target { is_constant: true, ..native(FLOOR, ".tools/bench/target/release/floor") },
        node(NODE, "callable"),
        node(JOSE, "by-hand"),
    ]
}

/// A function of this project, as it is deployed.
pub(crate) fn shipped(function: &str, name: &'static str) -> Target {
    native(name, &format!("target/lambda/{function}/bootstrap"))
}

fn file(path: &str) -> String {
    let file = root().join(path);
    assert!(file.exists(), "{}: make bench builds it", file.display());
    file.display().to_string()
}

fn native(name: &'static str, path: &str) -> Target {
    program(name, vec![file(path)], root().join(path))
}

/// A program without anything special.
pub(crate) fn program(name: &'static str, command: Vec<String>, artefact: PathBuf) -> Target {
    Target {
        name,
        command,
        cold: None,
        records: None,
        is_constant: false,
        artefact,
        env: Vec::new(),
        is_read: false,
    }
}

fn node(name: &'static str, folder: &str) -> Target {
    let artefact = root().join(".tools/bench/node").join(folder);
    let bootstrap = artefact.join("bootstrap.mjs").display().to_string();
    let env = [
        ("LAMBDA_TASK_ROOT", artefact.display().to_string()),
        ("AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1", "true".to_owned()),
        ("NODE_ENV", "production".to_owned()),
    ];
    let env = env.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let command = vec!["node".to_owned(), bootstrap, "index.handler".to_owned()];
    Target { env, ..program(name, command, artefact) }
}

/// The streaming callable, configured for a front that streams.
pub(crate) fn streaming() -> Target {
    let mut target = shipped("stream-authenticated-message", OURS);
    target.env.push(("CALLABLE_RESPONSE_MODE".to_owned(), "stream".to_owned()));
    target
}
