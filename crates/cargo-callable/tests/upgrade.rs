//! `cargo callable upgrade` of a project of 0.1, whose template.yaml was the whole template.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::{fs, path::Path};

use support::{Folder, finish, git, tool};
use yaml_serde::Value;

/// A copy of the project, committed, with the crates of this checkout.
fn project(name: &str) -> Folder {
    let folder = Folder::new(name);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let fixture = checkout.join("tests/fixtures/project-0.1/.");
    assert!(finish(std::process::Command::new("cp").arg("-r").arg(fixture).arg(&folder.0)).success);
    let manifest = fs::read_to_string(folder.path("Cargo.toml")).unwrap();
    fs::write(folder.path("Cargo.toml"), manifest.replace("CHECKOUT", checkout.to_str().unwrap()))
        .unwrap();
    git(&folder.0, &["init", "--quiet"]);
    commit(&folder);
    folder
}

fn commit(folder: &Folder) {
    git(&folder.0, &["add", "--all"]);
    git(&folder.0, &["commit", "--quiet", "--message", "as it is"]);
}

fn rendered(folder: &Folder) -> Value {
    let run = tool(&folder.0, &["template"]);
    assert!(run.success, "{}", run.output);
    yaml_serde::from_str(&run.output).unwrap()
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(value, |value, key| value.get(key))
}

#[test]
fn a_project_of_0_1_keeps_what_is_its_own_and_gets_the_rest_from_the_tool() {
    let project = project("upgrade");
    let upgraded = tool(&project.0, &["upgrade"]);
    assert!(upgraded.success, "{}", upgraded.output);
    let read = |file: &str| fs::read_to_string(project.path(file)).unwrap();

    let template = read("template.yaml");
    assert_eq!(
        template,
        "Parameters:\n  # Ours.\n  Plan:\n    Type: String\n    Default: free\n  ThrottleRate:\n    Default: 50 # we are small\n\n\
         Resources:\n  SendInvoiceFunction:\n    Properties:\n      # Invoices are large.\n      MemorySize: 512\n\n\
         \x20 # A deployed table stays in the account, also when this resource is removed.\n  KeepTextTable:\n    Type: AWS::DynamoDB::Table\n\
         \x20   DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode: PAY_PER_REQUEST\n\
         \x20     AttributeDefinitions: [{ AttributeName: owner, AttributeType: S }, { AttributeName: id, AttributeType: S }]\n\
         \x20     KeySchema: [{ AttributeName: owner, KeyType: HASH }, { AttributeName: id, KeyType: RANGE }]\n\
         \x20     PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }\n\n  KeepTextFunction:\n    Properties:\n\
         \x20     Environment:\n        Variables:\n          KEEP_TEXT_TABLE: !Ref KeepTextTable\n      Policies:\n        - Statement:\n\
         \x20           Effect: Allow\n            Action: [dynamodb:GetItem, dynamodb:PutItem]\n            Resource: !GetAtt KeepTextTable.Arn\n"
    );
    let whole = rendered(&project);
    for (path, value) in [
        ("Parameters/ThrottleRate/Default", "50"),
        ("Resources/SendInvoiceFunction/Properties/MemorySize", "512"),
        (
            "Resources/TellNewsFunction/Properties/Environment/Variables/CALLABLE_RESPONSE_MODE",
            "stream",
        ),
        ("Resources/SendInvoiceFunction/Properties/CodeUri", "target/lambda/send-invoice"),
        ("Parameters/Tracing/Default", "Disabled"),
    ] {
        let found =
            at(&whole, path).map(|value| yaml_serde::to_string(value).unwrap().trim().to_owned());
        assert_eq!(found.as_deref(), Some(value), "{path}");
    }

    let manifest = read("Cargo.toml");
    for part in [
        "# A project of 0.1: its own copy of the repository, with its own functions.\n",
        "# ours\nshared = { package = \"firebase-callable\"",
        &format!("version = \"{}\" }}\nfirebase-callable-aws", env!("CARGO_PKG_VERSION")),
        "opt-level = \"s\" # smaller\n",
        "panic = \"unwind\"\n",
    ] {
        assert!(manifest.contains(part), "{part}: {manifest}");
    }
    assert!(!manifest.contains("router") && !manifest.contains("lambda"), "{manifest}");
    assert!(
        read("functions/tell-news/Cargo.toml").contains("kind = \"callable\"\nstream = true\n")
    );
    assert!(read("rust-toolchain.toml").starts_with(&format!(
        "[toolchain]\nchannel = \"{}.0\" # ours\n",
        env!("CARGO_PKG_RUST_VERSION")
    )));

    for part in [
        "  Cargo.toml\n",
        "template.yaml keeps what is your own",
        "samconfig.toml       Tracing is Active",
    ] {
        assert!(upgraded.output.contains(part), "{part}: {}", upgraded.output);
    }
    commit(&project);
    let again = tool(&project.0, &["upgrade"]);
    assert!(
        again.output.contains("at version") && again.output.contains("nothing has changed"),
        "{}",
        again.output
    );
    assert_eq!(git(&project.0, &["status", "--porcelain"]), "");
}

#[test]
fn windows_line_ends_stay_and_a_setting_that_contradicts_is_mended() {
    let project = project("upgrade windows");
    for file in ["Cargo.toml", "template.yaml", "functions/tell-news/Cargo.toml"] {
        let text = fs::read_to_string(project.path(file)).unwrap();
        let text = text
            .replace("opt-level = \"s\" # smaller\n", "opt-level = 3\npanic = \"abort\" # quick\n");
        fs::write(project.path(file), text.replace('\n', "\r\n")).unwrap();
    }
    commit(&project);
    let upgraded = tool(&project.0, &["upgrade"]);
    assert!(upgraded.success, "{}", upgraded.output);
    for file in ["Cargo.toml", "template.yaml", "functions/tell-news/Cargo.toml"] {
        let text = fs::read_to_string(project.path(file)).unwrap();
        assert!(
            text.lines().count() > 3 && text.matches('\n').count() == text.matches("\r\n").count(),
            "{file}: {text:?}"
        );
    }
    let manifest = fs::read_to_string(project.path("Cargo.toml")).unwrap();
    assert!(
        manifest.contains("panic = \"unwind\"") && manifest.contains("opt-level = 3\r\n"),
        "{manifest}"
    );
    assert!(rendered(&project).get("Resources").is_some());
}

#[test]
fn an_upgrade_that_could_not_be_undone_is_refused() {
    let project = project("upgrade dirty");
    fs::write(project.path("notes.txt"), "mine").unwrap();
    let refused = tool(&project.0, &["upgrade"]);
    assert!(!refused.success);
    assert_eq!(
        refused.output.trim(),
        "The project has changes that are not committed, so that an upgrade could not be undone: commit first, or add --allow-dirty"
    );
    assert!(tool(&project.0, &["upgrade", "--allow-dirty"]).success);
}

#[test]
fn a_project_of_this_version_is_left_alone() {
    let project = Folder::project("upgrade new");
    let same = tool(&project.0, &["upgrade"]);
    assert!(same.success && same.output.contains("nothing has changed"), "{}", same.output);
    assert_eq!(git(&project.0, &["status", "--porcelain"]), "");
}
