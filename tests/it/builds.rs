//! A build of the whole workspace gives each function the same binary as a build of it alone: no feature of one reaches
//! another, and none of the suite's reaches any.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::say;

/// How far apart the sizes may be. Other crates' features do add up over the workspace (the AWS SDK asks tokio for
/// files), and the linker removes what they add.
const TOLERANCE: f64 = 0.01;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Features by package, as Cargo resolves them for a build of `selection`.
fn features(selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(std::env::var("CARGO").unwrap())
        .args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .args(selection)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let packages = text.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    packages
        .map(|(package, features)| {
            let features = features.split(',').filter(|feature| !feature.is_empty());
            (package.to_owned(), features.map(str::to_owned).collect())
        })
        .collect()
}

/// Folders below `functions/`, which are called like their packages.
fn functions() -> Vec<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap().map(Result::unwrap);
    let folders = folders.filter(|entry| entry.path().is_dir());
    folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn no_feature_of_our_crates_reaches_a_function_that_did_not_ask_for_it() {
    let together = features(&["--workspace"]);
    for function in functions() {
        let alone = features(&["--package", &function]);
        // Packages of this workspace are shown with their folder.
        let ours = alone.iter().filter(|(package, _)| package.ends_with(')'));
        let mut count = 0;
        for (package, features) in ours {
            assert_eq!(together.get(package), Some(features), "{function}: {package}");
            count += 1;
        }
        assert!(count > 1, "{function} and `shared` at least");
    }
}

/// One function stands for all, since each that is built alone takes a minute: a feature that leaks reaches every one.
#[test]
fn a_function_is_as_large_as_if_it_were_built_alone() {
    let name = "return-authenticated-message";
    let size = |folder: &str, how: &str| {
        let file = root().join(folder).join(name).join("bootstrap");
        let metadata = fs::metadata(&file);
        metadata.unwrap_or_else(|error| panic!("{}: {error}; {how}", file.display())).len() as f64
    };
    let together = size("target/lambda", "make build builds it");
    let alone = size(".tools/alone", "make alone builds it");
    say(&format!("{name}: {together} bytes, and {alone} built alone"));
    assert!((together / alone - 1.0).abs() <= TOLERANCE, "{together} bytes, {alone} alone");
}
