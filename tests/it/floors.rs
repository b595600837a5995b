//! The floors of `shared`: a file may use those below its own, never one above. Below this: no circles of files, and
//! no vendor in a room that it does not belong to.

mod circles;
mod vendors;

use std::{
    fs,
    path::{Path, PathBuf},
};

const FLOORS: [(&str, u8); 8] = [
    ("protocol", 0),
    ("token", 1),
    ("clock", 2),
    ("net", 2),
    ("fetched", 3),
    ("keys", 4),
    ("callable", 6),
    ("host", 8),
];

/// Floors that answer clients, and so know what to say to them.
const FROM_CALLABLE: u8 = 6;

/// Crates that only some floors may name.
const RESERVED: [(&str, &[&str]); 8] = [
    ("lambda_http", &["host/lambda/answer.rs"]),
    ("lambda_runtime", &["host/lambda.rs", "host/lambda/"]),
    ("tokio", &["net/", "fetched/", "keys/", "callable/", "host/"]),
    ("hyper", &["net/", "host/"]),
    ("aws_config", &[]),
    ("aws_sdk_secretsmanager", &[]),
    ("aws_sigv4", &[]),
    ("aws_smithy_runtime_api", &[]),
];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// What a file at `path` (below `shared/src`) must not import.
fn wrong_imports(path: &str, source: &str) -> Vec<String> {
    let own = path.split(['/', '.']).next().unwrap();
    let Some(own_floor) = floor(own) else {
        return Vec::new();
    };
    let is_test = path.contains("/tests");
    let mut wrong = Vec::new();
    // One statement a time, so that `use crate::{…}` over several lines is seen whole.
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
            let speaks = module == "protocol" && own != module && own_floor < FROM_CALLABLE;
            if names && (upward || speaks) {
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

/// Without comments and without the test module at the end: tests may look everywhere below.
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folders of the crates whose sources are ours to order.
fn crates() -> Vec<PathBuf> {
    let mut crates = vec![root().join("shared")];
    for group in ["crates", "functions"] {
        let Ok(folders) = fs::read_dir(root().join(group)) else { continue };
        crates.extend(folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    }
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

#[test]
fn no_file_names_a_floor_above_its_own() {
    let root = root().join("shared/src");
    let (mut files, mut wrong) = (0, Vec::new());
    each_source(&root, &mut |path, source| {
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap();
        if path.contains("tests") {
            return;
        }
        files += 1;
        wrong.extend(wrong_imports(path, source));
    });
    assert!(files > 30, "found {files} files only");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_room_of_the_crate_for_google_names_the_aws_sdk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates/google/src");
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
    assert!(inside > 2, "{inside} files in aws/ name it");
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
