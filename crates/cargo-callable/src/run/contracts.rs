//! The contracts of all callables, without a local run: the functions are built as for one, and each program is asked.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::build::{Builder, Ended};
use super::data::Data;
use super::process::Processes;
use super::settings::Settings;
use super::{aws, environment};
use crate::contract::{self, Contracts};
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// Where nothing answers: the functions only start, and none of them is called.
const NOBODY: &str = "127.0.0.1:9";

/// Builds the functions and asks each callable.
///
/// # Errors
/// A function does not compile or does not start.
pub(crate) fn gather(workspace: &Workspace) -> Outcome<Contracts> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The functions cannot be asked: {error}")))?;
    runtime.block_on(async {
        let processes = Processes::new()?;
        let gathered = ask_all(workspace, &processes).await;
        processes.stop_all().await;
        gathered
    })
}

async fn ask_all(workspace: &Workspace, processes: &Processes) -> Outcome<Contracts> {
    let settings = Settings::parse(&workspace.settings, &workspace.root)?;
    let data = Data::read(workspace)?;
    let (sender, mut built) = mpsc::unbounded_channel();
    let functions = &workspace.functions;
    let ended = Builder::default().build(processes, &workspace.root, functions, sender).await?;
    let mut programs = BTreeMap::new();
    while let Ok((folder, program)) = built.try_recv() {
        programs.insert(folder, program);
    }
    if ended == Ended::Late {
        return Err(Failure::new("The functions are not built"));
    }
    let files: Vec<_> =
        settings.environment_files.iter().filter(|file| file.is_file()).cloned().collect();
    let mut contracts = Vec::new();
    for function in functions.iter().filter(|function| function.has_contract) {
        let folder = &function.folder;
        let program = programs.get(folder).ok_or_else(|| {
            Failure::new(format!("functions/{folder} does not compile, so its types are not known"))
        })?;
        let parts = environment::Parts {
            root: &workspace.root,
            settings: &settings,
            data: &data,
            files: environment::read_files(&files)?,
        };
        let aws = aws::variables(&format!("http://{NOBODY}"));
        let environment = parts.of(function, aws, Some(NOBODY.to_owned()));
        let asked =
            contract::ask(function, program, &environment, &workspace.root, settings.start).await?;
        contracts.extend(asked);
    }
    Ok(Contracts::new(contracts))
}
