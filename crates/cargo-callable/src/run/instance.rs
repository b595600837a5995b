//! A running process of a function, and the calls that it serves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::process::{Process, Processes, lock};
use super::{client, ports};
use crate::terminal::say;

/// How long an old process may go on serving its calls: Lambda's longest call.
const LONGEST_CALL: Duration = Duration::from_secs(900);
/// Between two looks at whether a new process answers.
const LOOK: Duration = Duration::from_millis(20);
/// Tries to start a program whose file is still held open by another process that is being started.
const TRIES: u32 = 50;

/// A process of a function that answers on a port.
pub(super) struct Instance {
    folder: String,
    port: u16,
    process: Process,
    program: PathBuf,
    /// Running calls.
    calls: watch::Sender<usize>,
}

/// One running call. The process is kept until it is dropped.
pub(super) struct Call(Arc<Instance>);

/// What is started.
pub(super) struct Start<'a> {
    pub(super) folder: &'a str,
    /// The built program, and the place for the copy that runs.
    pub(super) built: &'a Path,
    pub(super) copy: PathBuf,
    pub(super) environment: Vec<(String, String)>,
    pub(super) limit: Duration,
    pub(super) root: &'a Path,
}

/// Why a process did not start.
pub(super) struct NoStart {
    pub(super) sentence: String,
    /// Whether it ended, and may be tried again at the next call.
    pub(super) ended: bool,
}

impl Instance {
    /// Starts a process, and waits until it answers.
    pub(super) async fn start(
        processes: &Processes,
        start: Start<'_>,
    ) -> Result<Arc<Self>, NoStart> {
        let folder = start.folder.to_owned();
        let not = |sentence: String, ended| NoStart {
            sentence: format!("functions/{folder} does not start: {sentence}"),
            ended,
        };
        let port = ports::free().map_err(|failure| not(failure.to_string(), true))?;
        // A copy: the next build replaces the built file.
        if let Some(parent) = start.copy.parent() {
            let _ = tokio::task::spawn_blocking({
                let parent = parent.to_owned();
                move || std::fs::create_dir_all(parent)
            })
            .await;
        }
        let (from, to) = (start.built.to_owned(), start.copy.clone());
        let copied = tokio::task::spawn_blocking(move || std::fs::copy(from, to)).await;
        if let Ok(Err(error)) = copied {
            return Err(not(format!("{}: {error}", start.copy.display()), true));
        }
        let problem = Arc::new(Mutex::new(None));
        let process = launch(processes, &start, port, &problem)
            .await
            .map_err(|sentence| not(sentence, true))?;
        let instance = Self {
            folder: folder.clone(),
            port,
            process,
            program: start.copy,
            calls: watch::Sender::new(0),
        };
        let answered = async {
            while !client::answers(port, "/").await {
                sleep(LOOK).await;
            }
        };
        tokio::select! {
            () = answered => return Ok(Arc::new(instance)),
            how = instance.process.ended() => {
                let said = lock(&problem).take();
                let reason = said.unwrap_or_else(|| match instance.process.last_line() {
                    Some(line) => format!("it ended ({how}) after printing: {line}"),
                    None => format!("it ended ({how}) without printing anything"),
                });
                instance.remove();
                return Err(not(reason, true));
            }
            () = sleep(start.limit) => {}
        }
        instance.process.stop().await;
        instance.remove();
        let seconds = start.limit.as_secs();
        Err(not(
            format!(
                "it does not answer on its port after {seconds} seconds (start-seconds in [workspace.metadata.callable.run] gives it more)"
            ),
            false,
        ))
    }

    /// Begins a call.
    pub(super) fn call(self: &Arc<Self>) -> Call {
        self.calls.send_modify(|calls| *calls += 1);
        Call(Arc::clone(self))
    }

    pub(super) fn is_over(&self) -> bool {
        self.process.is_over()
    }

    /// Waits for the end of the process, and says how it ended.
    pub(super) async fn ended(&self) -> String {
        self.process.ended().await
    }

    /// Ends the process once its running calls have ended.
    pub(super) async fn retire(self: Arc<Self>) {
        let mut calls = self.calls.subscribe();
        if timeout(LONGEST_CALL, calls.wait_for(|calls| *calls == 0)).await.is_err() {
            say!(
                "functions/{}: a call of an earlier build still runs after 15 minutes, and is ended",
                self.folder
            );
        }
        self.process.stop().await;
        self.remove();
    }

    fn remove(&self) {
        let _ = std::fs::remove_file(&self.program); // a leftover is removed by the next local run
    }
}

impl Call {
    /// The port that the function answers on.
    pub(super) fn port(&self) -> u16 {
        self.0.port
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.send_modify(|calls| *calls = calls.saturating_sub(1));
    }
}

async fn launch(
    processes: &Processes,
    start: &Start<'_>,
    port: u16,
    problem: &Arc<Mutex<Option<String>>>,
) -> Result<Process, String> {
    let mut tries = 0;
    loop {
        let mut command = Command::new(&start.copy);
        command.current_dir(start.root).env_clear().envs(start.environment.iter().cloned());
        command.env("HOST", "127.0.0.1").env("PORT", port.to_string());
        let (name, problem) = (start.folder.to_owned(), Arc::clone(problem));
        let on_line = move |line: &str| match said(line) {
            Said::Problem(sentence) => *lock(&problem) = Some(sentence),
            Said::Usual => {}
            Said::Other => say!("{name}  {line}"),
        };
        match processes.start("its program", command, None, Arc::new(on_line)) {
            Ok(process) => return Ok(process),
            Err(failure) if tries == TRIES || !failure.to_string().contains("os error 26") => {
                return Err(failure.to_string());
            }
            Err(_) => tries += 1,
        }
        sleep(LOOK).await;
    }
}

/// A line of the function's log that the local run understands.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// Why the function did not start.
    Problem(String),
    /// What is so in every local run: where it listens, and that it accepts the emulator's tokens.
    Usual,
    /// All else.
    Other,
}

fn said(line: &str) -> Said {
    #[derive(serde::Deserialize)]
    struct Line {
        level: String,
        target: String,
        message: String,
    }
    let Ok(Line { level, target, message }) = serde_json::from_str(line) else {
        return Said::Other;
    };
    match (level.as_str(), target.as_str()) {
        ("ERROR", "shared::host::start") => Said::Problem(message),
        ("INFO", "shared::host::start") | (_, "shared::host::emulator") => Said::Usual,
        _ => Said::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, said};

    #[test]
    fn a_start_problem_is_the_sentence_of_an_error_of_the_start_and_of_no_other_line() {
        let line = |level, target| {
            format!(r#"{{"level":"{level}","message":"HOST is not","target":"{target}"}}"#)
        };
        for (line, found) in [
            (line("ERROR", "shared::host::start"), Said::Problem("HOST is not".to_owned())),
            (line("INFO", "shared::host::start"), Said::Usual),
            (line("WARN", "shared::host::emulator"), Said::Usual),
            (line("WARN", "shared::host::start"), Said::Other),
            (line("ERROR", "shared::callable::record"), Said::Other),
            ("null".to_owned(), Said::Other),
            (String::new(), Said::Other),
        ] {
            assert_eq!(said(&line), found, "{line}");
        }
    }
}
