//! Programs that a project wants beside its functions, such as a stand-in for another service, and a page of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::sleep;

use super::client;
use super::process::{Process, Processes};
use super::settings::Companion;
use crate::failure::{Failure, Outcome};
use crate::terminal::say;

const LIMIT: Duration = Duration::from_secs(60);

/// A program that runs beside the functions, with the words that name it.
pub(super) struct Running {
    pub(super) what: String,
    process: Process,
}

impl Running {
    /// Waits for its end, which is a failure of the local run.
    pub(super) async fn failed(&self) -> String {
        let how = self.process.ended().await;
        format!("{} ended by itself ({how}){}", self.what, self.process.printed())
    }
}

/// Starts the commands in `root`, one after the other; returns when each has printed its `ready` text.
pub(super) async fn start(
    processes: &Processes,
    root: &Path,
    commands: &[Companion],
) -> Outcome<Vec<Running>> {
    let mut all = Vec::new();
    for Companion { command, ready } in commands {
        let (what, process) = launch(processes, root, command, &[], Some(ready))?;
        process.printed_ready(&what, LIMIT).await?;
        all.push(Running { what, process });
    }
    Ok(all)
}

/// Starts the command that serves the page; returns when it answers on `port`.
pub(super) async fn page(
    processes: &Processes,
    root: &Path,
    command: &[String],
    port: u16,
    variables: &[(&str, String)],
) -> Outcome<Running> {
    let (what, process) = launch(processes, root, command, variables, None)?;
    let answers = async {
        while !client::answers(port, "/").await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let running = Running { what, process };
    tokio::select! {
        () = answers => Ok(running),
        failure = running.failed() => Err(Failure::new(failure)),
        () = sleep(LIMIT) => Err(Failure::new(format!(
            "{} does not answer on port {port} after {} seconds: it must listen on PAGE_PORT", running.what, LIMIT.as_secs()
        ))),
    }
}

fn launch(
    processes: &Processes,
    root: &Path,
    words: &[String],
    variables: &[(&str, String)],
    ready: Option<&str>,
) -> Outcome<(String, Process)> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| Failure::new("A command is empty"))?;
    let what = words.join(" ");
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let on_line = move |line: &str| say!("{name}  {line}");
    let process = processes.start(&what, command, ready, Arc::new(on_line))?;
    Ok((what, process))
}
