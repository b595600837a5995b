//! The README of the tool: it has every command and option, and the tool accepts every setting in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::fs;

use support::{Folder, tool};

const README: &str = include_str!("../README.md");

/// The names in the first column of a section of the help.
fn listed(help: &str, section: &str) -> Vec<String> {
    let (_, rest) = help.split_once(section).unwrap();
    let lines = rest.lines().skip(1).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_readme_has_every_command_with_every_option() {
    let folder = Folder::new("readme");
    let commands = listed(&tool(&folder.0, &["--help"]).output, "Commands:");
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands.iter().filter(|name| *name != "help") {
        let row = README
            .lines()
            .find(|line| {
                let start = format!("| `cargo callable {command}");
                line.strip_prefix(&start).is_some_and(|rest| rest.starts_with(['`', ' ']))
            })
            .unwrap_or_else(|| panic!("there is no row for {command}"));
        let help = tool(&folder.0, &[command, "--help"]).output;
        let words = |text: &str| -> Vec<String> {
            let word = |word: &str| {
                word.trim_matches(|letter: char| !letter.is_ascii_lowercase() && letter != '-')
                    .to_owned()
            };
            text.split([' ', '\n', ',']).map(word).filter(|word| word.starts_with("--")).collect()
        };
        let options = help.lines().filter(|line| line.trim_start().starts_with('-'));
        let options = options.flat_map(|line| words(line).into_iter().take(1).collect::<Vec<_>>());
        let options: Vec<String> = options.filter(|name| name != "--help").collect();
        for option in &options {
            assert!(row.contains(&format!("`{option}`")), "{command}: {option} is not in {row}");
        }
        let unknown: Vec<_> =
            words(row).into_iter().filter(|name| name != "--" && !options.contains(name)).collect();
        assert!(unknown.is_empty(), "{command} has no {unknown:?}");
    }
}

#[test]
fn every_setting_in_the_readme_is_accepted() {
    let blocks: Vec<&str> =
        README.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [workspace, function] = blocks[..] else { panic!("{blocks:?}") };
    let project = Folder::project("settings");
    let file = project.path("Cargo.toml");
    let text = fs::read_to_string(&file).unwrap();
    let settings = "[workspace.metadata.callable]\narchitecture = \"arm64\"\ntypes.typescript = \"clients/callables.ts\"\n";
    assert!(text.contains(settings), "{text}");
    let with = |settings_in_readme: &str| {
        fs::write(&file, text.replace(settings, settings_in_readme)).unwrap();
    };
    with(workspace);
    let manifest = project.path("functions/hello/Cargo.toml");
    let own = fs::read_to_string(&manifest).unwrap();
    let (before, rest) = own.split_once("[package.metadata.function]\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    fs::write(&manifest, format!("{before}{function}\n{after}")).unwrap();
    let template = tool(&project.0, &["template"]);
    assert!(template.success, "{}", template.output);
    assert!(template.output.contains("Canary10Percent5Minutes"), "{}", template.output);
    assert!(template.output.contains("/greet"), "{}", template.output);

    // The run reads the last setting when all others are accepted, and names all of them when one is unknown.
    with(&workspace.replace("start-seconds = 30 ", "start-seconds = 0 "));
    let refused = tool(&project.0, &["run", "--no-auth"]);
    assert!(
        !refused.success && refused.output.contains("start-seconds must be"),
        "{}",
        refused.output
    );
    with(&workspace.replace("start-seconds = 30 ", "no-setting = 30 "));
    let refused = tool(&project.0, &["run", "--no-auth"]).output;
    let (_, names) = refused.trim().split_once("choose one of ").unwrap();
    for name in names.split(", ") {
        assert!(README.contains(&format!("\n{name} = ")), "{name} is not in the README");
    }
}
