//! Programs from the Python package index: cargo-lambda with zig, the AWS SAM CLI, and moto, which simulates AWS.
//!
//! A program in the PATH that is recent enough is used. Otherwise the pinned one is installed into the Python
//! environment `target/callable/python`, once, which takes up to a minute and, for all three, 300 MB.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::program::{self, Version};
use crate::failure::{Failure, Outcome};
use crate::terminal::say;

/// A program that is written or packaged in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Builds for Lambda; zig, which it links with, comes with it.
    CargoLambda,
    /// Deploys.
    Sam,
    /// Simulates AWS on this machine.
    LocalAws,
}

/// How a tool is found and installed.
struct Recipe {
    program: &'static str,
    /// What prints the version; without `at_least`, what must end well.
    version: &'static [&'static str],
    at_least: Option<&'static str>,
    requirements: &'static str,
    what: &'static str,
}

impl Tool {
    fn recipe(self) -> Recipe {
        match self {
            Self::CargoLambda => Recipe {
                program: "cargo-lambda",
                version: &["lambda", "--version"],
                at_least: Some("1.9"),
                requirements: include_str!("../../tools/cargo-lambda.txt"),
                what: "cargo-lambda (35 MB)",
            },
            Self::Sam => Recipe {
                program: "sam",
                version: &["--version"],
                at_least: Some("1.170"),
                requirements: include_str!("../../tools/sam.txt"),
                what: "the AWS SAM CLI",
            },
            Self::LocalAws => Recipe {
                program: "moto_server",
                // It cannot tell its version.
                version: &["--help"],
                at_least: None,
                requirements: include_str!("../../tools/local-aws.txt"),
                what: "a local AWS",
            },
        }
    }
}

/// The PATH with which these tools start, after installing those that are missing below `target`.
pub(crate) fn path_with(target: &Path, tools: &[Tool]) -> Outcome<OsString> {
    let environment = target.join("callable/python");
    let bin = environment.join("bin");
    for tool in tools {
        let recipe = tool.recipe();
        if is_recent(program::find(recipe.program).as_deref(), &recipe) {
            continue;
        }
        if !is_recent(Some(&bin.join(recipe.program)), &recipe) {
            install(&environment, &recipe)?;
        }
    }
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&inherited).collect::<Vec<PathBuf>>();
    // First the installed ones: an older program of that name may stand in the inherited PATH.
    std::env::join_paths(std::iter::once(bin).chain(all)).map_err(|_| {
        Failure::new(format!(
            "{} contains the sign that separates folders in PATH: move the project",
            target.display()
        ))
    })
}

fn is_recent(program: Option<&Path>, recipe: &Recipe) -> bool {
    let Some(file) = program.filter(|file| file.exists()) else { return false };
    let Some(least) = recipe.at_least.and_then(Version::parse) else {
        let mut look = Command::new(file);
        look.args(recipe.version).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        return look.status().is_ok_and(|status| status.success());
    };
    program::version_of(file, recipe.version).is_some_and(|version| version >= least)
}

fn install(environment: &Path, recipe: &Recipe) -> Outcome<()> {
    let announce = || say!("Installing {} …", recipe.what);
    if environment.join("bin/pip").exists() {
        announce();
    } else {
        let python = program::find("python3").ok_or_else(|| {
            Failure::new(format!(
                "Python 3 is not installed, and {} needs it: install python3 and its venv module",
                recipe.what
            ))
        })?;
        announce();
        finish(
            Command::new(python).args(["-m", "venv"]).arg(environment),
            recipe,
            "apt-get install python3-venv, on Debian",
        )?;
    }
    let list = environment.join(format!("{}.txt", recipe.program));
    std::fs::write(&list, recipe.requirements).map_err(|error| Failure::file(&list, &error))?;
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list);
    finish(&mut pip, recipe, "see the lines above")
}

fn finish(command: &mut Command, recipe: &Recipe, cure: &str) -> Outcome<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::new(format!("{} could not be installed: {cure}", recipe.what))),
    }
}
