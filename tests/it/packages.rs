//! The crates that can be published: each can be packaged with all files that its sources include. Also counts the
//! public items of `shared`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{cargo, root};

const CRATES: [(&str, &str); 5] = [
    ("firebase-callable", "shared"),
    ("firebase-callable-aws", "crates/aws"),
    ("firebase-callable-clerk", "crates/clerk"),
    ("firebase-callable-google", "crates/google"),
    ("firebase-callable-guards", "crates/guards"),
];

/// The files that the tool carries along, by the ends of their paths.
const CARRIED: [&str; 6] = [
    "deployment/base.yaml",
    "function/dynamodb/template.yaml",
    "src/run/page/index.html",
    "template/functions/hello/src/handler.rs",
    "tools/auth-emulator/package-lock.json",
    "tools/sam.txt",
];

/// How many items of `shared` are public, including those of the feature `testing`. Users may rely on every public
/// item, so raise the figure only for an item that a function, another host or another crate needs, and lower it when
/// an item becomes private.
const MOST_PUBLIC_ITEMS: usize = 439;

/// Runs `cargo package` without building the packages, which takes minutes. The registry has none of our crates,
/// because `publish` is off: the patches make Cargo find them here.
fn cargo_package(arguments: &[&str]) -> String {
    let output = Command::new(cargo())
        .args(["package", "--no-verify", "--allow-dirty", "--locked", "--offline"])
        .args(["--config", "patch.crates-io.firebase-callable.path='shared'"])
        .args(["--config", "patch.crates-io.firebase-callable-aws.path='crates/aws'"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The Rust sources of a crate.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![(path.clone(), fs::read_to_string(&path).unwrap())],
        })
        .collect()
}

#[test]
fn each_publishable_crate_can_be_packaged_with_its_readme_and_licenses() {
    cargo_package(&CRATES.map(|(name, _)| ["--package", name]).concat());
    for (name, _) in CRATES {
        let list = cargo_package(&["--list", "--package", name]);
        for file in ["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"] {
            assert!(list.lines().any(|line| line == file), "{name} lacks {file}:\n{list}");
        }
    }
}

#[test]
fn the_tool_can_be_packaged_with_the_files_that_it_carries_along_and_without_installed_modules() {
    let list = cargo_package(&["--list", "--package", "cargo-callable"]);
    for file in CARRIED.iter().chain(&["LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/main.rs"])
    {
        assert!(list.lines().any(|line| line == *file), "cargo-callable lacks {file}:\n{list}");
    }
    assert!(!list.contains("node_modules"));
    // Each file that a source includes is in the list.
    let home = root().join("crates/cargo-callable");
    for (path, source) in sources(&home.join("src")) {
        for (_, rest) in source.match_indices("include_str!(\"").map(|(at, _)| source.split_at(at))
        {
            let file = rest.split('"').nth(1).unwrap();
            let file = path.parent().unwrap().join(file).canonicalize().unwrap();
            let file = file.strip_prefix(&home).unwrap().to_str().unwrap();
            assert!(list.lines().any(|line| line == file), "{}: {file}", path.display());
        }
    }
}

#[test]
fn no_source_of_a_package_includes_a_file_that_is_not_in_it() {
    for (_, folder) in CRATES {
        for (path, source) in sources(&root().join(folder).join("src")) {
            for macro_name in ["include!(", "include_str!(", "include_bytes!("] {
                assert!(!source.contains(macro_name), "{}: {macro_name}", path.display());
            }
        }
    }
}

/// Counts the source lines that begin with `pub`: a lint (`unreachable_pub`) refuses those that users cannot reach.
#[test]
fn the_public_api_of_shared_does_not_grow_unnoticed() {
    let sources = sources(&root().join("shared/src"));
    // Those of the feature `fuzzing` are hidden from users.
    let is_api =
        |path: &Path| !["tests", "fuzzing"].iter().any(|it| path.to_str().unwrap().contains(it));
    let sources = sources.iter().filter(|(path, _)| is_api(path));
    let lines = sources.flat_map(|(_, source)| source.lines().map(str::trim));
    let is_item = |line: &&str| {
        line.starts_with("pub ") && !line.starts_with("pub use ") && !line.starts_with("pub mod ")
    };
    let count = lines.filter(is_item).count();
    assert!(count <= MOST_PUBLIC_ITEMS, "{count} public items");
}
