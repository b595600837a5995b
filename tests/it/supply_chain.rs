//! What the functions are made of: `deny.toml` is the law, and cargo's own graph is compared with it. So it holds without
//! cargo-deny, and without a network.

use std::collections::BTreeSet;

use spdx::{Expression, ParseMode};
use toml_edit::DocumentMut;

use crate::support::{cargo, printed_by, read, root};

/// A package of a function: its name, where it is from if that is not crates.io, and its licence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    from: Option<String>,
    licence: String,
}

impl Package {
    /// A line of `cargo tree` in [`FORMAT`].
    fn of(line: &str) -> Self {
        let (package, licence) = line.split_once('|').unwrap();
        let (name, version) = package.split_once(' ').unwrap();
        let from = version.split_once(" (").map(|(_, from)| from.trim_end_matches(')').to_owned());
        Self { name: name.to_owned(), from, licence: licence.to_owned() }
    }

    fn is_ours(&self) -> bool {
        self.from.as_ref().is_some_and(|from| from.starts_with(root().to_str().unwrap()))
    }

    /// What is wrong with it; `None` if nothing is.
    fn problem(&self, licences: &BTreeSet<String>, banned: &BTreeSet<String>) -> Option<String> {
        if banned.contains(&self.name) {
            return Some(format!("{}: banned", self.name));
        }
        if self.is_ours() {
            return None;
        }
        if let Some(from) = &self.from {
            return (from != "proc-macro").then(|| format!("{}: from {from}", self.name));
        }
        let is_allowed = is_allowed(&self.licence, licences);
        (!is_allowed).then(|| format!("{}: licence {}", self.name, self.licence))
    }
}

const FORMAT: &str = "{p}|{l}";

/// The packages of all functions and crates but these, for this target, without those for development.
fn packages(target: &str, excluded: &[String]) -> BTreeSet<Package> {
    let mut arguments =
        vec!["tree", "--locked", "--workspace", "--edges", "normal,build", "--no-dedupe"];
    arguments.extend(["--prefix", "none", "--format", FORMAT, "--target", target]);
    arguments.extend(excluded.iter().flat_map(|name| ["--exclude", name]));
    let lines = printed_by(&cargo(), &arguments);
    lines.lines().filter(|line| line.contains('|')).map(Package::of).collect()
}

fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = Expression::parse_mode(licence, ParseMode::LAX);
    expression.is_ok_and(|expression| {
        expression.evaluate(|required| {
            required.addition.is_none()
                && required.license.id().is_some_and(|id| allowed.contains(id.name))
        })
    })
}

#[test]
fn functions_contain_only_what_deny_toml_allows() {
    let document: DocumentMut = read("deny.toml").parse().unwrap();
    let list = |table: &str, key: &str| -> Vec<String> {
        let items = document[table][key].as_array().unwrap().iter();
        let name = |item: &toml_edit::Value| match item.as_inline_table() {
            Some(table) => table["crate"].as_str().unwrap().to_owned(),
            None => item.as_str().unwrap().to_owned(),
        };
        items.map(name).collect()
    };
    let set = |table: &str, key: &str| list(table, key).into_iter().collect::<BTreeSet<String>>();
    let (licences, banned) = (set("licenses", "allow"), set("bans", "deny"));
    for target in list("graph", "targets") {
        let packages = packages(&target, &list("graph", "exclude"));
        assert!(packages.len() > 100, "{target}: {} packages", packages.len());
        let wrong: Vec<String> =
            packages.iter().filter_map(|package| package.problem(&licences, &banned)).collect();
        assert_eq!(wrong, [""; 0], "{target}");
    }
}

#[test]
fn a_licence_is_allowed_if_its_expression_can_be_met() {
    let allowed = ["MIT", "Apache-2.0"].map(str::to_owned).into();
    for (licence, expected) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(ISC OR MIT) AND Apache-2.0", true),
        ("GPL-3.0-only", false),
        ("", false),
        ("none", false),
    ] {
        assert_eq!(is_allowed(licence, &allowed), expected, "{licence}");
    }
}
