//! The binaries that `make build` made, and the features with which Cargo builds them. A build of the whole workspace
//! gives each function that we ship the same binary as a separate build: features of one function do not reach another,
//! and features of the tests do not reach any function. A function of yours may link whatever it needs.
//!
//! `make build` runs `cargo lambda build --release` for the workspace, and only its binaries are read here. Features
//! are compared as Cargo resolves them for `cargo build --release --workspace`, which is the same for both commands;
//! that command is not run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use shared::token::emulator::MARKER;

use crate::support::{
    cargo_tree, contains, functions, other_functions, root, say, shipped_functions,
};

/// How far the sizes may differ, relatively. In a build of the workspace, features of foreign crates do add up (the AWS
/// SDK enables tokio's file functions), but the linker removes the unused code.
const TOLERANCE: f64 = 0.01;

/// The shipped functions that read secrets, and so link the AWS SDK.
const NEED_SECRETS: [&str; 2] = ["clerk-webhook", "exchange-clerk-token"];
/// Headers that only code of the AWS SDK contains. The names of its crates are in every binary, because the log has a
/// list of them.
const AWS_SDK: [&str; 2] = ["secretsmanager.GetSecretValue", "amz-sdk-invocation-id"];

/// The binary of a function in this folder; `target` is the `make` target that builds it.
fn bootstrap(folder: &str, function: &str, target: &str) -> Vec<u8> {
    let file = root().join(folder).join(function).join("bootstrap");
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}; run make {target}", file.display()))
}

fn shipped(function: &str) -> Vec<u8> {
    bootstrap("target/lambda", function, "build")
}

/// The features of each package, as Cargo resolves them for a build of `selection`.
fn features(selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let arguments = [&["--format", "{p}|{f}"], selection].concat();
    let lines = cargo_tree("normal,build", &arguments).into_iter();
    lines
        .filter_map(|line| {
            let (package, features) = line.split_once('|')?;
            let features = features.split(',').filter(|feature| !feature.is_empty());
            Some((package.to_owned(), features.map(str::to_owned).collect()))
        })
        .collect()
}

#[test]
fn no_feature_of_our_crates_reaches_a_function_that_did_not_ask_for_it() {
    // What a function of yours enables in our crates does reach the others: Cargo builds a common dependency once.
    let others = other_functions();
    let mut selection = vec!["--workspace"];
    selection.extend(others.iter().flat_map(|function| ["--exclude", function.as_str()]));
    let together = features(&selection);
    for function in shipped_functions() {
        let alone = features(&["--package", &function]);
        // Packages of this workspace are listed with their folder in parentheses.
        let ours = alone.iter().filter(|(package, _)| package.ends_with(')'));
        let mut count = 0;
        for (package, features) in ours {
            assert_eq!(together.get(package), Some(features), "{function}: {package}");
            count += 1;
        }
        assert!(count > 1, "{function} and `shared` at least");
    }
}

/// Compares one function only, because each separate build takes a minute. One is enough: a feature that leaks reaches
/// every function.
#[test]
fn a_function_is_as_large_as_if_it_were_built_alone() {
    if !other_functions().is_empty() {
        say(
            "SKIPPED: features that functions of yours enable in common dependencies may enlarge others",
        );
        return;
    }
    let name = "return-authenticated-message";
    let together = shipped(name).len() as f64;
    let alone = bootstrap(".tools/alone", name, "alone").len() as f64;
    say(&format!("{name}: {together} bytes, and {alone} built alone"));
    assert!((together / alone - 1.0).abs() <= TOLERANCE, "{together} bytes, {alone} alone");
}

#[test]
fn of_the_shipped_functions_only_those_that_read_secrets_contain_the_aws_sdk() {
    for function in shipped_functions() {
        let binary = shipped(&function);
        let expected = NEED_SECRETS.contains(&function.as_str());
        for text in AWS_SDK {
            assert_eq!(contains(&binary, text.as_bytes()), expected, "{function}: {text}");
        }
    }
}

#[test]
fn no_function_contains_the_emulator_mode() {
    for function in functions() {
        assert!(!contains(&shipped(&function), MARKER.as_bytes()), "{function}");
    }
}

#[test]
fn no_function_contains_its_contract() {
    // tests/types looks for the same texts in a program with the feature `contract`, which has them.
    for function in functions() {
        for text in ["--contract", "json-schema.org", "x-callable-type"] {
            assert!(!contains(&shipped(&function), text.as_bytes()), "{function} contains {text}");
        }
    }
}

#[test]
fn the_shipped_functions_link_one_tls_and_one_crypto_stack() {
    for function in shipped_functions() {
        let crates = cargo_tree("normal,build", &["--package", &function]);
        let versions = |name: &str| {
            crates.iter().filter(|krate| krate.split(' ').next() == Some(name)).count()
        };
        let once = "rustls aws-lc-rs aws-lc-sys hyper http tokio serde_json jsonwebtoken";
        for name in once.split(' ') {
            assert_eq!(versions(name), 1, "{function}: {name}");
        }
        for name in "ring openssl native-tls rsa reqwest regex proptest h2".split(' ') {
            assert_eq!(versions(name), 0, "{function}: {name}");
        }
        let expected = usize::from(NEED_SECRETS.contains(&function.as_str()));
        for name in ["aws-config", "aws-sdk-secretsmanager"] {
            assert_eq!(versions(name), expected, "{function}: {name}");
        }
    }
}

/// Amazon Linux 2023 has glibc 2.34: a binary that needs a newer one does not start there.
#[test]
fn the_functions_start_on_amazon_linux_2023() {
    const PREFIX: &[u8] = b"GLIBC_2.";
    for function in functions() {
        let binary = shipped(&function);
        let versions = binary.windows(PREFIX.len() + 2).filter_map(|it| it.strip_prefix(PREFIX));
        let minors: BTreeSet<u32> = versions
            .filter_map(|digits| {
                let digits = digits.iter().map(|byte| char::from(*byte));
                digits.take_while(char::is_ascii_digit).collect::<String>().parse().ok()
            })
            .collect();
        assert!(!minors.is_empty(), "{function} names no version of glibc");
        assert!(minors.iter().all(|minor| *minor <= 34), "{function} needs glibc 2.{minors:?}");
    }
}
