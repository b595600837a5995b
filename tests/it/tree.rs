//! The files of the repository: every function declares its kind, documents name only targets that exist, and no file
//! contains a secret.

use std::{collections::BTreeSet, fs, path::PathBuf};

use crate::support::{cargo, folders, printed_by, read, root, shipped_functions};

#[test]
fn every_function_declares_its_kind() {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let metadata: serde_json::Value =
        serde_json::from_str(&printed_by(&cargo(), &arguments)).unwrap();
    let mut kinds = Vec::new();
    let mut packages = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap().canonicalize().unwrap();
        if folder.parent().unwrap() == root().canonicalize().unwrap().join("functions") {
            let kind = package["metadata"]["function"]["kind"].as_str().unwrap_or_default();
            assert!(
                ["callable", "http", "scheduled"].contains(&kind),
                "{}: {kind:?}",
                folder.display()
            );
            kinds.push(kind);
            packages.insert(folder);
        }
    }
    let folders = folders("functions").iter().map(|path| path.canonicalize().unwrap()).collect();
    assert_eq!(packages, folders);
    assert!(kinds.contains(&"callable"));
}

/// A tag can be moved to other code; a commit cannot.
#[test]
fn third_party_actions_in_ci_are_pinned_by_commit() {
    let mut pinned = 0;
    for entry in fs::read_dir(root().join(".github/workflows")).unwrap() {
        let file = entry.unwrap().path();
        let workflow = fs::read_to_string(&file).unwrap();
        for uses in workflow.lines().filter_map(|line| line.split_once("uses:")) {
            let (action, commit) = uses.1.trim().split_once('@').unwrap();
            let (commit, version) = commit.split_once(" # v").unwrap_or((commit, ""));
            let is_commit =
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{}: {action}@{commit}", file.display());
            pinned += 1;
        }
    }
    assert!(pinned >= 4, "{pinned}");
}

#[test]
fn the_source_of_a_shipped_function_is_short_and_does_not_mention_lambda() {
    for folder in shipped_functions() {
        let handler = read(&format!("functions/{folder}/src/handler.rs"));
        let own = handler.split("#[cfg(test)]").next().unwrap();
        let main = read(&format!("functions/{folder}/src/main.rs"));
        let lines = own.lines().chain(main.lines()).filter(|line| !line.trim().is_empty()).count();
        if folder == "return-authenticated-message" {
            assert!(lines < 40, "{lines} lines");
        }
        for source in [own, &main] {
            assert!(!source.to_lowercase().contains("lambda"), "{folder}");
        }
    }
}

#[test]
fn the_readme_shows_a_test_that_exists() {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("```rust,ignore\n").unwrap();
    let (snippet, _) = rest.split_once("```").unwrap();
    let indented: String = snippet
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
        .collect();
    assert!(
        read("functions/return-authenticated-message/src/handler.rs").contains(&indented),
        "{snippet}"
    );
    assert!(readme.lines().count() <= 150);
}

/// The paths of all documents.
fn documents() -> Vec<String> {
    let files = tracked(&["*.md"]);
    assert!(files.len() > 10, "{files:?}");
    files
}

/// The files in git that match these patterns.
fn tracked(patterns: &[&str]) -> Vec<String> {
    let files = printed_by("git", &[&["ls-files"], patterns].concat());
    files.lines().map(str::to_owned).collect()
}

/// The anchors of a document, which GitHub derives from its headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |heading: &str| -> String {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        heading
            .chars()
            .filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_of_a_document_has_a_target() {
    for document in documents() {
        let text = read(&document);
        let folder = root().join(&document).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { root().join(&document) } else { folder.join(file) };
            assert!(file.exists(), "{document} names {target}");
            let found =
                anchor.is_empty() || anchors(&fs::read_to_string(&file).unwrap()).contains(anchor);
            assert!(found, "{document} names {target}");
        }
    }
}

#[test]
fn every_make_target_that_a_document_names_exists() {
    let makefile = read("Makefile");
    let exists =
        |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    for document in documents() {
        let mut fenced = false;
        for line in read(&document).lines() {
            fenced ^= line.starts_with("```");
            // Only in code: a sentence may say "make sure".
            let code: Vec<&str> =
                if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
            for words in code.iter().filter_map(|part| part.strip_prefix("make ")) {
                let target = words.split_whitespace().next().unwrap();
                assert!(exists(target) || target == "…", "{document} names make {target}");
            }
        }
    }
}

#[test]
fn architecture_md_has_at_most_200_lines() {
    assert!(read("ARCHITECTURE.md").lines().count() <= 200);
}

#[test]
fn architecture_md_names_only_source_files_that_exist() {
    let files = tracked(&["*.rs"]);
    let text = read("ARCHITECTURE.md");
    let named: Vec<&str> =
        text.split('`').skip(1).step_by(2).filter(|code| code.ends_with(".rs")).collect();
    assert!(named.len() > 50, "{named:?}");
    for name in named {
        let end = format!("/{name}");
        assert!(files.iter().any(|file| file == name || file.ends_with(&end)), "{name}");
    }
}

#[test]
fn the_bench_builds_with_the_release_profile_of_the_workspace() {
    let profile = |file: &str| {
        let manifest = read(file);
        let (_, rest) = manifest.split_once("[profile.release]\n").unwrap();
        let is_inside =
            |line: &&str| !line.starts_with('[') || line.starts_with("[profile.release");
        let lines = rest.lines().take_while(is_inside);
        // The callable that is measured links none of the crates under crates/.
        let is_opt_in = |line: &&str| line.starts_with("firebase-callable-");
        let settings =
            lines.filter(|line| !line.is_empty() && !line.starts_with('#') && !is_opt_in(line));
        settings.map(str::to_owned).collect::<Vec<_>>()
    };
    for ours in ["tests/bench/ours/Cargo.toml", "tests/bench/web-function/Cargo.toml"] {
        assert_eq!(profile("Cargo.toml"), profile(ours));
    }
}

#[test]
fn the_protocols_rules_are_numbered_once_and_name_files_that_exist() {
    let text = read("docs/protocol.md");
    let rules: Vec<&str> = text.split("\n- **P").skip(1).collect();
    for (index, rule) in rules.iter().enumerate() {
        assert!(rule.starts_with(&format!("{}** ", index + 1)), "{rule}");
        let rule = rule.split("\n\n## ").next().unwrap();
        let file = rule.rsplit('`').nth(1).unwrap();
        let of_shared = root().join("shared/src").join(file);
        assert!(of_shared.exists() || root().join(file).exists(), "{file}");
    }
    assert!(rules.len() > 20);
    let numbers = 1..=rules.len();
    for (file, source) in sources() {
        for cited in source.split("P").skip(1).filter_map(|rest| rest.split([':', ',']).next()) {
            if let Ok(number) = cited.parse::<usize>() {
                assert!(numbers.contains(&number), "{file} cites P{number}");
            }
        }
    }
}

/// The source files of `shared` and of the opt-in crates, without tests.
fn sources() -> Vec<(String, String)> {
    let files = tracked(&["shared/src", "crates/*/src"]).into_iter();
    let sources = files.filter(|file| !file.contains("tests"));
    sources.map(|file| (file.clone(), read(&file))).collect()
}

#[test]
fn no_private_key_and_no_registry_address_is_in_the_tree() {
    let files = tracked(&[]);
    assert!(files.len() > 50, "git lists the files");
    let key = format!("BEGIN {}PRIVATE KEY", "");
    for file in files {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        assert!(!text.contains(&key), "{file}");
        let is_our_lock = file.ends_with("package-lock.json")
            && ["demo/", "tests/"].iter().any(|folder| file.starts_with(folder));
        assert!(!is_our_lock || !text.contains("\"resolved\""), "{file}");
    }
}
