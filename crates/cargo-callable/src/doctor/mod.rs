//! `cargo callable doctor`: the tools that are needed, the line that installs each missing one, and what is wrong with the
//! project.

mod project;
mod tools;

use std::process::ExitCode;

use crate::failure::Outcome;
use crate::terminal::say;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also list what the tests of the tool's own repository need
    #[arg(long)]
    tests: bool,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let mut missing = list("For cargo callable add, build and deploy:", &tools::BUILD);
    missing |= list("For cargo callable run as well:", &tools::RUN);
    if args.tests {
        // A test whose tool is missing prints SKIPPED.
        let _ = list("For the tests of the tool's repository as well:", &tools::TESTS);
    }
    say!(
        "For deployments as well: credentials of an AWS account, where the AWS CLI finds them (its files or environment variables)."
    );
    match Workspace::current() {
        Err(_) => say!("There is no project in this folder: cargo callable init my-app makes one."),
        Ok(workspace) => {
            let problems = project::problems(&workspace);
            say!(
                "The project in {}: {}",
                workspace.root.display(),
                if problems.is_empty() { "ok" } else { "has problems" }
            );
            for problem in &problems {
                say!("  {problem}");
            }
            missing |= !problems.is_empty();
        }
    }
    Ok(if missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints a section; whether one of its tools is missing.
fn list(heading: &str, needed: &[tools::Needed]) -> bool {
    say!("{heading}");
    let mut missing = false;
    for tool in needed {
        let (there, line) = tools::line(tool);
        say!("{line}");
        missing |= !there;
    }
    missing
}
