//! Which functions one call of cargo may build together. Cargo builds a common dependency with the features that any of
//! the functions in the call asks for; a function that alone has fewer would get another binary than alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Outcome};

/// For each dependency of a build: the sets of features that it is built with.
type Features = BTreeMap<String, BTreeSet<String>>;

/// The functions in groups whose members have the same binaries together as alone. In most projects it is one group.
pub(crate) fn groups(root: &Path, functions: &[String]) -> Outcome<Vec<Vec<String>>> {
    if functions.len() < 2 {
        return Ok(vec![functions.to_vec()]);
    }
    let mut alone = BTreeMap::new();
    for function in functions {
        alone.insert(function.as_str(), features(root, std::slice::from_ref(function))?);
    }
    let agree = |members: &[String], together: &Features| {
        members
            .iter()
            .all(|member| alone.get(member.as_str()).is_some_and(|own| is_part(own, together)))
    };
    // Features that one function enables, and others that a second enables, can together enable more: each group is
    // asked for, and not only added up.
    if agree(functions, &features(root, functions)?) {
        return Ok(vec![functions.to_vec()]);
    }
    let mut groups: Vec<Vec<String>> = Vec::new();
    for function in functions {
        let mut home = None;
        for (index, group) in groups.iter().enumerate() {
            let with: Vec<_> = group.iter().chain([function]).cloned().collect();
            if agree(&with, &features(root, &with)?) {
                home = Some((index, with));
                break;
            }
        }
        match home {
            Some((index, with)) => {
                if let Some(group) = groups.get_mut(index) {
                    *group = with;
                }
            }
            None => groups.push(vec![function.clone()]),
        }
    }
    Ok(groups)
}

/// Each dependency of `own` has the same features in `together`.
fn is_part(own: &Features, together: &Features) -> bool {
    own.iter().all(|(package, features)| together.get(package) == Some(features))
}

/// What cargo would build for these functions in one call, without building it.
fn features(root: &Path, functions: &[String]) -> Outcome<Features> {
    let mut tree = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tree.args([
        "tree",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--no-dedupe",
        "--format",
        "{p}|{f}",
    ]);
    for function in functions {
        tree.args(["--package", function]);
    }
    let output = tree
        .current_dir(root)
        .output()
        .map_err(|error| Failure::new(format!("cargo does not start: {error}")))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let reason = errors
            .lines()
            .find_map(|line| line.strip_prefix("error: "))
            .unwrap_or("see cargo tree");
        return Err(Failure::new(format!(
            "cargo cannot tell the dependencies of {}: {reason}",
            functions.join(", ")
        )));
    }
    let mut features = Features::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((package, enabled)) = line.split_once('|') else { continue };
        features.entry(package.to_owned()).or_default().insert(enabled.to_owned());
    }
    Ok(features)
}
