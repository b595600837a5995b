//! What is wrong with a project, as far as it can be seen without building it.

use std::fs;
use std::path::Path;

use toml_edit::DocumentMut;

use crate::source::VERSION;
use crate::template;
use crate::workspace::Workspace;

/// Every problem, each a sentence with its cure.
pub(super) fn problems(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    let manifest = document(&workspace.root.join("Cargo.toml"));
    let at = |path: &[&str]| {
        let mut item = manifest.as_ref()?.as_item();
        for key in path {
            item = item.get(key)?;
        }
        item.as_str().map(str::to_owned)
    };
    if at(&["profile", "release", "panic"]).as_deref() != Some("unwind") {
        problems.push("Cargo.toml: without panic = \"unwind\" in [profile.release], a panic ends the process and the client gets no answer: cargo callable upgrade writes it".to_owned());
    }
    if at(&["profile", "release", "lto"]).is_none() {
        problems.push("Cargo.toml: without lto in [profile.release], programs are twice as large: cargo callable upgrade writes it".to_owned());
    }
    if let Some(version) = at(&["workspace", "dependencies", "shared", "version"])
        && version != VERSION
    {
        problems.push(format!("Cargo.toml: shared is version {version}, and this tool is {VERSION}: cargo callable upgrade"));
    }
    let config = document(&workspace.root.join(".cargo/config.toml"));
    let in_environment =
        |name: &str| config.as_ref().and_then(|config| config.get("env")?.get(name)).is_some();
    for (name, cost) in [
        (
            "AWS_LC_SYS_NO_JITTER_ENTROPY",
            "the first connection of each cold start takes 30 to 100 ms of processor time",
        ),
        ("AWS_LC_SYS_SMALL", "programs are 1.3 MB larger"),
    ] {
        if !in_environment(name) {
            problems.push(format!(".cargo/config.toml: without {name} in [env], {cost}: cargo callable upgrade writes it"));
        }
    }
    if let Err(problem) = workspace.architecture() {
        problems.push(problem.to_string());
    }
    if let Err(problem) = template::render(workspace, true, &|folder| folder.to_owned()) {
        problems.push(problem.to_string());
    }
    for function in &workspace.functions {
        if !function.has_emulator {
            problems.push(format!(
                "functions/{}: without a feature emulator it accepts no token of the Auth emulator in a local run: write emulator = [\"shared/emulator\"] into [features]",
                function.folder
            ));
        }
    }
    problems
}

fn document(file: &Path) -> Option<DocumentMut> {
    fs::read_to_string(file).ok()?.parse().ok()
}
