//! The SAM template that the tool writes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::fs;
use std::path::Path;

use support::{Folder, tool};
use yaml_serde::Value;

fn rendered(project: &Folder) -> Value {
    let run = tool(&project.0, &["template"]);
    assert!(run.success, "{}", run.output);
    yaml_serde::from_str(&run.output).unwrap()
}

fn at<'a>(template: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(template, |value, key| value.get(key))
}

fn text<'a>(template: &'a Value, path: &str) -> Option<&'a str> {
    at(template, path).and_then(Value::as_str)
}

#[test]
fn template_yaml_of_this_repository_is_what_the_tool_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let written = tool(root, &["template", "--without-own"]).output;
    let committed = fs::read_to_string(root.join("template.yaml")).unwrap();
    assert!(written == committed, "template.yaml is not up to date: run make template");
}

#[test]
fn a_project_s_template_has_its_functions_their_routes_and_alarms() {
    let project = Folder::project("routes");
    assert!(tool(&project.0, &["add", "tell-news", "--stream"]).success);
    let template = rendered(&project);
    let hello = "Resources/HelloFunction/Properties";
    assert_eq!(text(&template, &format!("{hello}/CodeUri")), Some("target/lambda/hello"));
    for (event, path) in [
        ("Call", "/hello"),
        ("CallAsEmulator", "/{project}/{region}/hello"),
        ("PreflightOfRoot", "/"),
        ("PreflightOfUnknown", "/{project}"),
        ("PreflightOfTwoParts", "/{project}/{region}"),
        ("PreflightOfMoreParts", "/{project}/{region}/{proxy+}"),
    ] {
        assert_eq!(text(&template, &format!("{hello}/Events/{event}/Properties/Path")), Some(path));
    }
    let news = "Resources/TellNewsFunction/Properties";
    let call = format!("{news}/Events/Call/Properties");
    assert_eq!(text(&template, &format!("{call}/ResponseTransferMode")), Some("RESPONSE_STREAM"));
    assert_eq!(
        text(&template, &format!("{news}/Environment/Variables/CALLABLE_RESPONSE_MODE")),
        Some("stream")
    );
    assert_eq!(at(&template, &format!("{news}/Events/PreflightOfRoot")), None);
    for alarm in ["HelloErrors", "HelloThrottles", "TellNewsErrors", "TellNewsThrottles"] {
        assert_eq!(text(&template, &format!("Resources/{alarm}/Condition")), Some("HasAlarms"));
    }
    assert_eq!(text(&template, "Parameters/Architecture/Default"), Some("arm64"));
}

#[test]
fn what_a_project_writes_wins_and_a_null_removes() {
    let project = Folder::project("own");
    fs::write(
        project.path("template.yaml"),
        "Parameters:\n  Plan: { Type: String, Default: free }\n  WebAclArn: null\nResources:\n\
         \x20 HelloFunction:\n    Condition: Wanted\n    Properties: { MemorySize: 512, Environment: { Variables: { PLAN: !Ref Plan } } }\n\
         \x20 Notes: { Type: AWS::DynamoDB::Table }\nOutputs:\n",
    )
    .unwrap();
    let template = rendered(&project);
    assert_eq!(
        at(&template, "Resources/HelloFunction/Properties/MemorySize").and_then(Value::as_u64),
        Some(512)
    );
    assert_eq!(
        text(&template, "Resources/HelloFunction/Properties/Environment/Variables/PLAN/Ref"),
        Some("Plan")
    );
    assert_eq!(text(&template, "Resources/HelloFunction/Type"), Some("AWS::Serverless::Function"));
    assert_eq!(at(&template, "Parameters/WebAclArn"), None);
    assert!(at(&template, "Outputs/FunctionsUrl").is_some(), "an empty section removes nothing");
    // Its alarms exist where it exists.
    assert_eq!(text(&template, "Resources/HelloErrors/Condition"), Some("WantedAndHasAlarms"));
    assert!(at(&template, "Conditions/WantedAndHasAlarms/Fn::And").is_some());
}

#[test]
fn a_whole_template_of_the_project_is_taken_as_it_is() {
    let project = Folder::project("whole");
    let whole = tool(&project.0, &["template"]).output;
    fs::write(project.path("template.yaml"), &whole).unwrap();
    assert_eq!(tool(&project.0, &["template"]).output, whole);
}

#[test]
fn settings_give_functions_another_processor_versions_or_a_vpc() {
    let project = Folder::project("settings");
    let manifest = fs::read_to_string(project.path("Cargo.toml")).unwrap();
    let with = |line: &str| {
        fs::write(project.path("Cargo.toml"), manifest.replace("architecture = \"arm64\"", line))
            .unwrap()
    };
    with("architecture = \"x86_64\"\ngradual-deployment = \"Canary10Percent5Minutes\"\nvpc = true");
    let template = rendered(&project);
    assert_eq!(text(&template, "Parameters/Architecture/Default"), Some("x86_64"));
    assert_eq!(text(&template, "Globals/Function/AutoPublishAlias"), Some("live"));
    assert_eq!(
        text(&template, "Globals/Function/DeploymentPreference/Type"),
        Some("Canary10Percent5Minutes")
    );
    assert_eq!(text(&template, "Globals/Function/VpcConfig/SubnetIds/Ref"), Some("SubnetIds"));
    for (line, sentence) in [
        ("architecture = \"arm\"", "architecture is \"arm\", and must be \"arm64\" or \"x86_64\""),
        (
            "gradual-deployment = true",
            "gradual-deployment must be the name of a deployment of CodeDeploy",
        ),
        ("vpc = \"yes\"", "vpc must be true or false"),
    ] {
        with(line);
        let refused = tool(&project.0, &["template"]);
        assert!(!refused.success && refused.output.contains(sentence), "{}", refused.output);
        assert_eq!(refused.output.lines().count(), 1, "{}", refused.output);
    }
}

#[test]
fn mistakes_in_a_template_are_one_sentence_with_the_file() {
    let project = Folder::project("mistakes");
    for (file, contents, sentence) in [
        ("template.yaml", "Resources: [", "template.yaml cannot be read: "),
        (
            "template.yaml",
            "Resources: {}\nResources: {}",
            "template.yaml cannot be read: duplicate entry with key \"Resources\"",
        ),
        ("template.yaml", "- a", "template.yaml cannot be read: it is not a map"),
        ("template.yaml", "Resources: [a]", "template.yaml: Resources must be a map"),
        (
            "template.yaml",
            "Resources: { SendInvoiceFunction: { Properties: {} } }",
            "template.yaml adds to SendInvoiceFunction, but there is no functions/send-invoice",
        ),
        (
            "functions/hello/template.yaml",
            "Resources: { Notes: { Properties: {} } }",
            "functions/hello/template.yaml: Notes has no Type",
        ),
    ] {
        let before = fs::read_to_string(project.path(file)).ok();
        fs::write(project.path(file), contents).unwrap();
        let refused = tool(&project.0, &["template"]);
        assert!(!refused.success && refused.output.starts_with(sentence), "{}", refused.output);
        assert_eq!(refused.output.lines().count(), 1, "{}", refused.output);
        match before {
            Some(text) => fs::write(project.path(file), text).unwrap(),
            None => fs::remove_file(project.path(file)).unwrap(),
        }
    }
}
