//! The shape of the workspace: every folder declares its kind, one crypto stack, no secret in the tree. The names and
//! routes of functions are checked in `tests/scaffold/agreement.test.mjs`.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A folder below `functions/`, and the kind that its manifest declares.
struct Function {
    folder: String,
    kind: String,
}

fn functions() -> Vec<Function> {
    let cargo = std::env::var("CARGO").unwrap();
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let home = root().canonicalize().unwrap().join("functions");
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter_map(|package| {
            let folder = PathBuf::from(package["manifest_path"].as_str()?).parent()?.to_owned();
            (folder.parent()? == home).then(|| {
                let folder = folder.file_name().unwrap().to_str().unwrap().to_owned();
                let kind = package["metadata"]["function"]["kind"].as_str();
                let kind = kind.unwrap_or_default().to_owned();
                Function { folder, kind }
            })
        })
        .collect()
}

#[test]
fn every_folder_of_functions_declares_what_it_is() {
    let functions = functions();
    let folders: BTreeSet<String> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        functions.iter().map(|function| function.folder.clone()).collect::<BTreeSet<_>>(),
        folders
    );
    for Function { folder, kind } in &functions {
        assert!(["callable", "http"].contains(&kind.as_str()), "{folder}: {kind:?}");
    }
    assert!(functions.iter().any(|function| function.kind == "callable"));
}

/// A tag can be moved to other code; a commit cannot.
#[test]
fn what_ci_runs_of_others_is_pinned_by_commit() {
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
fn a_callables_own_source_is_short_and_knows_nothing_of_lambda() {
    for Function { folder, .. } in functions() {
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
    let rows = readme.lines().filter(|line| line.starts_with("| [`")).count();
    assert!(readme.lines().count() - rows <= 150);
}

/// Every document that a reader may open, by its path.
fn documents() -> Vec<String> {
    let files =
        Command::new("git").args(["ls-files", "*.md"]).current_dir(root()).output().unwrap();
    let files = String::from_utf8(files.stdout).unwrap();
    assert!(files.lines().count() > 10, "{files}");
    files.lines().map(str::to_owned).collect()
}

/// The anchors of a document, as GitHub makes them of its headings.
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
fn every_link_of_a_document_leads_somewhere() {
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
            // In code only: a sentence may say "make sure".
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
fn the_architecture_is_told_in_200_lines() {
    assert!(read("ARCHITECTURE.md").lines().count() <= 200);
}

#[test]
fn what_is_measured_is_built_as_what_is_shipped() {
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
    assert_eq!(profile("Cargo.toml"), profile("tests/bench/ours/Cargo.toml"));
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

/// The source files of `shared` and of the crates beside it, without tests.
fn sources() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "shared/src", "crates/*/src"])
        .current_dir(root())
        .output()
        .unwrap();
    let files = String::from_utf8(listed.stdout).unwrap();
    files
        .lines()
        .filter(|file| !file.contains("tests"))
        .map(|file| (file.to_owned(), read(file)))
        .collect()
}

#[test]
fn the_functions_link_one_tls_and_one_crypto_stack() {
    let cargo = std::env::var("CARGO").unwrap();
    for Function { folder, .. } in functions() {
        let tree = Command::new(&cargo)
            .args([
                "tree",
                "--locked",
                "--edges",
                "normal,build",
                "--prefix",
                "none",
                "--package",
                &folder,
            ])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let text = String::from_utf8(tree.stdout).unwrap();
        let crates: BTreeSet<&str> =
            text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        let versions = |name: &str| {
            crates.iter().filter(|krate| krate.split(' ').next() == Some(name)).count()
        };
        for one in [
            "rustls",
            "aws-lc-rs",
            "aws-lc-sys",
            "hyper",
            "http",
            "tokio",
            "serde_json",
            "jsonwebtoken",
        ] {
            assert_eq!(versions(one), 1, "{folder}: {one}");
        }
        for none in ["ring", "openssl", "native-tls", "rsa", "reqwest", "regex", "proptest", "h2"] {
            assert_eq!(versions(none), 0, "{folder}: {none}");
        }
        // Who needs no secret links no AWS SDK: neither by its dependencies, nor because it was built
        // together with somebody who does.
        let expected = usize::from(NEED_SECRETS.contains(&folder.as_str()));
        for secrets in ["aws-config", "aws-sdk-secretsmanager"] {
            assert_eq!(versions(secrets), expected, "{folder}: {secrets}");
        }
        let binary = shipped(&folder);
        let marker = b"secretsmanager.GetSecretValue";
        let linked = binary.windows(marker.len()).any(|window| window == marker);
        assert_eq!(linked, expected == 1, "{folder}: the AWS SDK in its binary");
    }
}

/// What `make build` made of a function.
fn shipped(folder: &str) -> Vec<u8> {
    let file = root().join("target/lambda").join(folder).join("bootstrap");
    fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; make build builds it", file.display()))
}

/// Amazon Linux 2023 has glibc 2.34: a binary that asks for a newer one does not start there.
#[test]
fn the_functions_start_on_amazon_linux_2023() {
    const PREFIX: &[u8] = b"GLIBC_2.";
    for Function { folder, .. } in functions() {
        let binary = shipped(&folder);
        let minors: BTreeSet<u32> = binary
            .windows(PREFIX.len() + 2)
            .filter_map(|window| window.strip_prefix(PREFIX))
            .filter_map(|digits| {
                let text: String = digits
                    .iter()
                    .map(|byte| char::from(*byte))
                    .take_while(char::is_ascii_digit)
                    .collect();
                text.parse().ok()
            })
            .collect();
        assert!(!minors.is_empty(), "{folder} names no glibc");
        assert!(minors.iter().all(|minor| *minor <= 34), "{folder} needs glibc 2.{minors:?}");
    }
}

const NEED_SECRETS: [&str; 2] = ["clerk-webhook", "exchange-clerk-token"];

#[test]
fn no_private_key_and_no_registry_address_is_in_the_tree() {
    let listed = Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    let files = String::from_utf8(listed.stdout).unwrap();
    assert!(files.lines().count() > 50, "git lists the tree");
    let key = format!("BEGIN {}PRIVATE KEY", "");
    for file in files.lines() {
        let Ok(text) = fs::read_to_string(root().join(file)) else {
            continue;
        };
        assert!(!text.contains(&key), "{file}");
        assert!(!file.ends_with("package-lock.json") || !text.contains("\"resolved\""), "{file}");
    }
}
