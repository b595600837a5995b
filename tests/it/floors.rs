//! The modules of `shared` are floors (layers): a file may import from lower floors, never from higher ones. `circles`
//! refuses circular imports between files, and `vendors` refuses a vendor's names outside the folders that may contain
//! them.

mod circles;
mod vendors;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{folders, root, shipped_functions};

const FLOORS: [(&str, u8); 8] = [
    ("protocol", 0),
    ("token", 1),
    ("clock", 2),
    ("net", 3),
    ("fetched", 4),
    ("keys", 5),
    ("callable", 6),
    ("host", 7),
];

/// The lowest floor that answers clients, and so may import the protocol.
const FROM_CALLABLE: u8 = 6;

/// Crates, and the files and folders of `shared/src` that may name them.
const RESERVED: [(&str, &[&str]); 9] = [
    ("lambda_http", &["host/lambda/answer.rs"]),
    ("lambda_runtime", &["host/lambda.rs", "host/lambda/"]),
    ("tokio", &["net/", "fetched/", "keys/", "callable/", "host/"]),
    ("hyper", &["net/", "host/"]),
    ("aws_config", &[]),
    ("aws_sdk_dynamodb", &[]),
    ("aws_sdk_secretsmanager", &[]),
    ("aws_sigv4", &[]),
    ("aws_smithy_runtime_api", &[]),
];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// The forbidden imports of a file at `path` (below `shared/src`).
fn wrong_imports(path: &str, source: &str) -> Vec<String> {
    let own = path.split(['/', '.']).next().unwrap();
    let Some(own_floor) = floor(own) else {
        return Vec::new();
    };
    let is_test = path.contains("/tests");
    let mut wrong = Vec::new();
    // Statement by statement, because `use crate::{…}` may have several lines.
    for statement in code(source).split(';') {
        for (module, module_floor) in FLOORS {
            let names = statement.split("crate::").skip(1).any(|rest| {
                let rest = rest.trim_start();
                let list = rest.strip_prefix('{').unwrap_or_default();
                starts_with_name(rest, module)
                    || list
                        .split([',', '{', '}'])
                        .any(|item| starts_with_name(item.trim_start(), module))
            });
            let upward = module_floor >= own_floor && module != own;
            let is_protocol = module == "protocol" && own != module;
            if names && (upward || is_protocol && own_floor < FROM_CALLABLE) {
                wrong.push(format!("{path} names crate::{module}"));
            }
        }
        for (krate, allowed) in RESERVED {
            let names = statement.contains(&format!("{krate}::"));
            if names && !is_test && !allowed.iter().any(|prefix| path.starts_with(prefix)) {
                wrong.push(format!("{path} names {krate}"));
            }
        }
    }
    wrong
}

/// The source without comments and without the test module at the end: tests may import anything.
fn code(source: &str) -> String {
    let without_tests = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    without_tests
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

fn starts_with_name(text: &str, name: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The folders of the crates whose structure is checked: those that this project publishes, and the functions that it
/// ships. A crate and a function of yours may have any structure.
fn crates() -> Vec<PathBuf> {
    let is_ours = |folder: &PathBuf| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.contains("\nname = \"firebase-callable-")
    };
    let mut crates = vec![root().join("shared")];
    crates.extend(folders("crates").into_iter().filter(is_ours));
    assert!(crates.len() > 2, "{crates:?}");
    crates.extend(shipped_functions().iter().map(|name| root().join("functions").join(name)));
    crates
}

fn each_source(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The sources below `folder`, without tests: their paths below it, and their text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    each_source(folder, &mut |path, source| {
        let path = path.strip_prefix(folder).unwrap().to_str().unwrap();
        if !path.contains("tests") {
            sources.push((path.to_owned(), source.to_owned()));
        }
    });
    sources
}

#[test]
fn no_file_names_a_floor_above_its_own() {
    let files = sources(&root().join("shared/src"));
    let wrong: Vec<String> =
        files.iter().flat_map(|(path, source)| wrong_imports(path, source)).collect();
    assert!(files.len() > 30, "found {} files only", files.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_folder_of_the_google_crate_names_the_aws_sdk() {
    let root = root().join("crates/google/src");
    let (mut inside, mut outside) = (0, Vec::new());
    each_source(&root, &mut |path, source| {
        let names = code(source).lines().any(|line| {
            line.contains("aws_") && line.contains("::") && !line.contains("aws_lc_rs::")
        });
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap();
        match path.starts_with("aws/") {
            true => inside += usize::from(names),
            false if names => outside.push(path.to_owned()),
            false => {}
        }
    });
    assert!(inside > 1, "found {inside} files in aws/ only");
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn finds_planted_upward_imports() {
    for (path, source) in [
        ("protocol/cors.rs", "use crate::token::IdToken;"),
        ("protocol/cors.rs", "use crate::{clock::Clock};"),
        ("token/jwt.rs", "use crate::keys::KeyCache;"),
        ("token/jwt.rs", "use crate::protocol::HttpsError;"),
        ("token/jwt.rs", "fn f() { crate::callable::Authenticator::new() }"),
        ("fetched/value.rs", "use crate::keys::KeyCache;"),
        ("fetched/value.rs", "use crate::{clock::Clock, callable::Authenticator};"),
        ("keys/cache.rs", "use crate::{\n    clock::Clock,\n    callable::Authenticator,\n};"),
        ("keys/cache.rs", "use crate::protocol::HttpsError;"),
        ("net/https.rs", "use crate::keys::KeyCache;"),
        ("keys/cache.rs", "use aws_config::SdkConfig;"),
        ("callable/mod.rs", "use crate::host::Config;"),
        ("callable/mod.rs", "use lambda_http::Request;"),
        ("protocol/json.rs", "use tokio::sync::watch;"),
        ("token/jwt.rs", "use hyper::Request;"),
    ] {
        assert_eq!(wrong_imports(path, source).len(), 1, "{path}: {source}");
    }
    for (path, source) in [
        (
            "callable/authenticator.rs",
            "use crate::{clock::Clock, keys::KeyCache, protocol::HttpsError, token::IdToken};",
        ),
        ("fetched/value.rs", "use crate::clock::Clock;"),
        ("keys/cache.rs", "use crate::{clock::Clock, fetched::CachedValue, token::KeySet};"),
        ("host/start.rs", "use crate::{callable::Authenticator, keys::KeyCache};"),
        ("host/lambda/answer.rs", "use lambda_http::Request;"),
        ("token/jwt.rs", "// crate::callable is above\n"),
        ("testing/call.rs", "use crate::callable::Authenticator;"),
    ] {
        assert_eq!(wrong_imports(path, source), Vec::<String>::new(), "{path}: {source}");
    }
}
