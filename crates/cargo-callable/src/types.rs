//! `cargo callable types`: writes `callables.json` and the types of clients, or checks them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::clients::{Change, Files, State, Targets, compare};
use crate::contract::{Contracts, FILE};
use crate::failure::{Failure, Outcome};
use crate::run::contracts;
use crate::terminal::say;
use crate::tools::rust;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail if a file is not what the code says
    #[arg(long)]
    check: bool,
    /// Fail if clients that know this callables.json would break: the one of the last release, say
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome<ExitCode> {
    let workspace = Workspace::current()?;
    rust::check(&workspace.root)?;
    let targets = Targets::parse(&workspace.settings)?;
    let before = args.against.as_deref().map(read).transpose()?.map(|found| (found, true));
    let known = workspace.root.join(FILE);
    let before = match before {
        None if known.is_file() => Some((read(&known)?, false)),
        before => before,
    };
    let contracts = contracts::gather(&workspace)?;
    let files = Files::new(&workspace.root, &targets, &contracts);
    let mut changes = Vec::new();
    if let Some((before, _)) = &before {
        changes = compare(before, &contracts);
    }
    for change in &changes {
        say!("{change}");
    }
    let shown =
        |path: &Path| path.strip_prefix(&workspace.root).unwrap_or(path).display().to_string();
    let mut failed =
        before.is_some_and(|(_, against)| against) && changes.iter().any(Change::breaks);
    if args.check {
        for (path, state) in files.compared()? {
            match state {
                State::Same => continue,
                State::Different => say!("{} is not what the code says", shown(path)),
                State::Missing => say!("{} is missing", shown(path)),
            }
            failed = true;
        }
        if failed {
            say!("Write the files with cargo callable types");
        }
    } else {
        for path in files.write()? {
            say!("{} is written", shown(path));
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(file: &Path) -> Outcome<Contracts> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    Contracts::parse(&text, file)
}
