//! `cargo callable init`, `add` and `remove`, as a person at a terminal uses them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod support;

use std::fs;

use support::{Folder, git, tool};

#[test]
fn init_refuses_what_is_there_already_and_names_without_a_folder() {
    let folder = Folder::new("init");
    fs::create_dir_all(folder.path("full")).unwrap();
    fs::write(folder.path("full/notes.txt"), "mine").unwrap();
    fs::write(folder.path("file"), "mine").unwrap();
    for (words, sentence) in [
        (
            &["init", "full"][..],
            "full is not empty, it has notes.txt: choose the name of a new folder",
        ),
        (&["init", "file"], "file is a file: choose the name of a new folder"),
        (&["init", "/"], "/ has no name of its own: cargo callable init my-app"),
        (
            &["init", "x", "--from", "nowhere"],
            "--from nowhere is neither a version, nor the URL of a git repository",
        ),
    ] {
        let refused = tool(&folder.0, words);
        assert!(!refused.success && refused.output.contains(sentence), "{}", refused.output);
        assert_eq!(refused.output.lines().count(), 1, "{}", refused.output);
    }
    assert_eq!(fs::read_to_string(folder.path("full/notes.txt")).unwrap(), "mine");
}

#[test]
fn names_that_a_function_cannot_have_are_refused_with_a_sentence_and_nothing_is_made() {
    let project = Folder::project("bad names");
    for (words, sentence) in [
        (&["add", "sendInvoice"][..], "\"sendInvoice\" is not a name for a function"),
        (&["add", "send_invoice"], "\"send_invoice\" is not a name for a function"),
        (&["add", "2fast"], "\"2fast\" is not a name for a function"),
        (&["add", "send--invoice"], "is not a name for a function"),
        (&["add", "../x"], "is not a name for a function"),
        (&["add", "a b"], "is not a name for a function"),
        (&["add", "a'b"], "is not a name for a function"),
        (&["add", ""], "is not a name for a function"),
        (&["add", "match"], "match is a reserved name in Rust"),
        (&["add", "deps"], "deps is a reserved name in Rust"),
        (&["add", "hello"], "hello is taken"),
        (
            &["add", "greet", "--public-name", "hello"],
            "functions/hello has the public name hello already",
        ),
        (&["add", "greet", "--public-name", "a/b"], "a public name that cannot stand in a URL"),
        (
            &["add", "greet", "--with", "redis"],
            "[possible values: nothing, dynamodb, firestore, http]",
        ),
        (
            &["add", "greet", "--stream", "--with", "http"],
            "'--stream' cannot be used with '--with <WITH>'",
        ),
        (
            &["remove", "hello"],
            "hello is the only function, and cargo reads no project without one: add another first",
        ),
        (&["remove", "greet"], "There is no functions/greet: choose one of hello"),
    ] {
        let refused = tool(&project.0, words);
        assert!(
            !refused.success && refused.output.contains(sentence),
            "{words:?}: {}",
            refused.output
        );
    }
    assert_eq!(git(&project.0, &["status", "--porcelain"]), "");
}

#[test]
fn a_function_of_each_kind_is_one_new_folder_and_is_gone_when_it_is_removed() {
    let project = Folder::project("add and remove");
    for words in [
        &["add", "send-invoice"][..],
        &["add", "tell-news", "--stream"],
        &["add", "keep-text", "--with", "dynamodb"],
        &["add", "read-note", "--with", "firestore"],
        &["add", "ask-service", "--with", "http"],
        &["add", "greet", "--public-name", "say-hello"],
    ] {
        let name = words[1];
        let added = tool(&project.0, words);
        assert!(added.success, "{}", added.output);
        let changed = git(&project.0, &["status", "--porcelain"]);
        assert_eq!(changed.trim(), format!("?? functions/{name}/"));
        // Cargo can read it, and finds every dependency.
        let routes = tool(&project.0, &["routes"]);
        assert!(routes.success && routes.output.contains(name), "{}", routes.output);
        for entry in walk(&project.path(&format!("functions/{name}"))) {
            assert!(
                !fs::read_to_string(&entry).unwrap().contains("{{"),
                "{} is not rendered",
                entry.display()
            );
        }

        let kept = tool(&project.0, &["remove", name]);
        assert!(
            !kept.success
                && kept.output.contains("has changes that are not committed and would be lost"),
            "{}",
            kept.output
        );
        let removed = tool(&project.0, &["remove", name, "--force"]);
        assert!(removed.success, "{}", removed.output);
        assert_eq!(git(&project.0, &["status", "--porcelain"]), "", "{name}");
    }
}

#[test]
fn remove_names_the_lines_that_still_name_the_function_and_changes_none() {
    let project = Folder::project("lines");
    assert!(tool(&project.0, &["add", "greet"]).success);
    let own = "Resources:\n  Other:\n    Value: !Ref HelloFunction # mine\n";
    fs::write(project.path("template.yaml"), own).unwrap();
    git(&project.0, &["add", "--all"]);
    git(&project.0, &["commit", "--quiet", "--message", "own"]);
    let removed = tool(&project.0, &["remove", "hello"]);
    assert!(removed.success, "{}", removed.output);
    assert!(
        removed.output.contains("template.yaml:3: Value: !Ref HelloFunction # mine"),
        "{}",
        removed.output
    );
    assert_eq!(fs::read_to_string(project.path("template.yaml")).unwrap(), own);
}

#[test]
fn files_with_windows_line_ends_and_edits_stay_as_they_are() {
    let project = Folder::project("windows");
    let manifest = project.path("Cargo.toml");
    let windows = fs::read_to_string(&manifest).unwrap().replace('\n', "\r\n") + "# mine\r\n";
    fs::write(&manifest, &windows).unwrap();
    let added = tool(&project.0, &["add", "send-invoice"]);
    assert!(added.success, "{}", added.output);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), windows);
}

#[test]
fn a_renamed_folder_and_two_functions_of_one_name_are_one_sentence() {
    let project = Folder::project("renamed");
    fs::rename(project.path("functions/hello"), project.path("functions/greet")).unwrap();
    let refused = tool(&project.0, &["routes"]);
    assert_eq!(
        refused.output.trim(),
        "functions/greet holds a package named hello: give both the same name, in [package] of its Cargo.toml or by renaming the folder"
    );
    fs::rename(project.path("functions/greet"), project.path("functions/hello")).unwrap();
    assert!(tool(&project.0, &["add", "greet"]).success);
    let manifest = project.path("functions/greet/Cargo.toml");
    let twice = fs::read_to_string(&manifest)
        .unwrap()
        .replace("kind = \"callable\"", "kind = \"callable\"\nname = \"hello\"");
    fs::write(&manifest, twice).unwrap();
    let refused = tool(&project.0, &["routes"]);
    assert!(
        refused
            .output
            .starts_with("functions/greet and functions/hello have the same public name hello: "),
        "{}",
        refused.output
    );
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The files below a folder, with their texts.
fn contents(folder: &std::path::Path) -> std::collections::BTreeMap<String, String> {
    let name =
        |file: &std::path::Path| file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    walk(folder).iter().map(|file| (name(file), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn cargo_lambda_makes_the_same_project_from_the_template() {
    let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = home.ancestors().nth(2).unwrap().join(".tools/venv/bin");
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(std::iter::once(installed).chain(std::env::split_paths(&path)))
        .unwrap();
    let folder = Folder::new("of cargo-lambda");
    let mut new = std::process::Command::new("cargo-lambda");
    new.args(["lambda", "new", "my-app", "--no-interactive", "--template"])
        .arg(home.join("template"));
    let Ok(status) = new.current_dir(&folder.0).env("PATH", path).status() else {
        println!("SKIPPED: cargo-lambda is not installed");
        return;
    };
    assert!(status.success());
    fs::rename(folder.path("my-app"), folder.path("theirs")).unwrap();
    let made = tool(&folder.0, &["init", "my-app", "--from", env!("CARGO_PKG_VERSION")]);
    assert!(made.success, "{}", made.output);
    assert_eq!(contents(&folder.path("theirs")), contents(&folder.path("my-app")));
}

#[test]
fn a_project_that_a_workspace_around_it_would_take_for_a_member_is_refused_and_leaves_nothing() {
    let folder = Folder::new("around");
    fs::create_dir_all(folder.path("member/src")).unwrap();
    fs::write(folder.path("member/src/lib.rs"), "").unwrap();
    let member = "[package]\nname = \"member\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(folder.path("member/Cargo.toml"), member).unwrap();
    let around = "[workspace]\nresolver = \"3\"\nmembers = [\"member\", \"apps/*\"]\n";
    fs::write(folder.path("Cargo.toml"), around).unwrap();
    let refused = tool(&folder.0, &["init", "apps/my-app"]);
    assert!(!refused.success, "{}", refused.output);
    assert!(
        refused.output.starts_with("apps/my-app would be a member of the workspace in "),
        "{}",
        refused.output
    );
    assert_eq!(refused.output.lines().count(), 1, "{}", refused.output);
    assert!(!folder.path("apps/my-app").exists());
    assert!(tool(&folder.0, &["init", "elsewhere/my-app"]).success, "which is no member");
    assert!(tool(&folder.path("elsewhere/my-app"), &["routes"]).success);
}

#[test]
fn a_function_s_other_crates_come_from_where_the_project_s_shared_comes_from() {
    for (from, expected) in [
        ("version = \"0.2.0\"", "{ version = \"0.2.0\" }"),
        ("path = \"../there/shared\"", "{ path = \"../../../there/crates/aws\" }"),
        ("git = \"https://a.b/x\", rev = \"abc\"", "{ git = \"https://a.b/x\", rev = \"abc\" }"),
        (
            "git = \"https://a.b/x\", branch = \"main\"",
            "{ git = \"https://a.b/x\", branch = \"main\" }",
        ),
    ] {
        // Beside the checkout that `there` is.
        let beside = Folder::new("sources");
        fs::create_dir_all(beside.path("app")).unwrap();
        assert!(tool(&beside.0, &["init", "app"]).success);
        let project = beside.path("app");
        let checkout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        std::os::unix::fs::symlink(checkout, beside.path("there")).unwrap();
        let manifest = fs::read_to_string(project.join("Cargo.toml")).unwrap();
        let own = manifest.lines().map(|line| match line.starts_with("shared = ") {
            true => format!("shared = {{ package = \"firebase-callable\", {from} }}"),
            false => line.to_owned(),
        });
        fs::write(project.join("Cargo.toml"), own.collect::<Vec<_>>().join("\n")).unwrap();
        let added = tool(&project, &["add", "keep-text", "--with", "dynamodb"]);
        assert!(added.success, "{from}: {}", added.output);
        let made = fs::read_to_string(project.join("functions/keep-text/Cargo.toml")).unwrap();
        let expected = format!("firebase-callable-aws = {expected}\n");
        assert!(made.contains(&expected), "{from}: {made}");
    }
}

#[test]
fn a_reader_who_stops_listening_is_no_failure() {
    let project = Folder::project("pipe");
    let tool = env!("CARGO_BIN_EXE_cargo-callable");
    // The reader ends before the tool prints.
    let line = format!("{{ '{tool}' template; echo \"code $?\" >&2; }} | true");
    let run = support::finish(
        std::process::Command::new("sh").args(["-c", &line]).current_dir(&project.0),
    );
    assert_eq!(run.output, "code 0\n");
}
