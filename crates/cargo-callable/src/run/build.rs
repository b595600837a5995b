//! One build of all functions, with cargo: while it runs, the names of the crates; errors and warnings in full, once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::process::{Processes, lock};
use crate::failure::Outcome;
use crate::function::Function;
use crate::terminal::say;

/// The longest build. A first one takes some minutes.
const LIMIT: Duration = Duration::from_secs(1800);

/// Builds, and remembers which diagnostics were shown.
#[derive(Default)]
pub(super) struct Builder {
    shown: BTreeSet<String>,
}

/// How a build ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Each function without a program did not compile.
    Finished,
    /// After the longest time.
    Late,
}

/// The parts of cargo's messages that are used.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Said { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Made { target: Target, executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
    level: String,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// What is gathered while cargo runs.
#[derive(Default)]
struct Seen {
    /// Diagnostics of this build.
    diagnostics: BTreeSet<String>,
    /// Lines of cargo that are neither progress nor a message, shown if there was no error of the compiler.
    other: Vec<String>,
    errors: bool,
}

impl Builder {
    /// Builds all `functions`. Each program is sent to `built` as soon as it is there, with the function's folder.
    pub(super) async fn build(
        &mut self,
        processes: &Processes,
        root: &Path,
        functions: &[Function],
        built: mpsc::UnboundedSender<(String, PathBuf)>,
    ) -> Outcome<Ended> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let before = std::mem::take(&mut self.shown);
        let on_line = {
            let seen = Arc::clone(&seen);
            move |line: &str| read(line, &before, &seen, &built)
        };
        let cargo = processes.start("cargo", command(root, functions), None, Arc::new(on_line))?;
        let Ok(how) = timeout(LIMIT, cargo.ended()).await else {
            cargo.stop().await;
            say!(
                "The build of the functions took longer than {} minutes, and is ended",
                LIMIT.as_secs() / 60
            );
            return Ok(Ended::Late);
        };
        let seen = std::mem::take(&mut *lock(&seen));
        if how != "exit code 0" && !seen.errors && !processes.stopping() {
            say!("{}", seen.other.join("\n"));
        }
        self.shown = seen.diagnostics;
        Ok(Ended::Finished)
    }
}

fn command(root: &Path, functions: &[Function]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["build", "--keep-going", "--message-format"]);
    let colored = std::io::IsTerminal::is_terminal(&std::io::stdout());
    command.arg(if colored { "json-diagnostic-rendered-ansi" } else { "json" });
    for function in functions {
        command.args(["--package", &function.folder]);
    }
    // The features must not change between builds, or dependencies are built again: so always all functions.
    let emulator = functions.iter().filter(|function| function.has_emulator);
    let mut features: Vec<_> =
        emulator.map(|function| format!("{}/emulator", function.folder)).collect();
    if functions.iter().any(|function| function.has_contract) {
        features.push("shared/contract".to_owned());
    }
    if !features.is_empty() {
        command.args(["--features", &features.join(",")]);
    }
    command
}

fn read(
    line: &str,
    before: &BTreeSet<String>,
    seen: &Mutex<Seen>,
    built: &mpsc::UnboundedSender<(String, PathBuf)>,
) {
    let Ok(message) = serde_json::from_str(line) else {
        let line = line.trim_end();
        if is_progress(line) {
            say!("  {}", line.trim_start());
        } else if !line.is_empty() {
            lock(seen).other.push(line.to_owned());
        }
        return;
    };
    match message {
        Message::Said { message: Diagnostic { rendered: Some(text), level } } => {
            let mut seen = lock(seen);
            seen.errors |= level.starts_with("error");
            if seen.diagnostics.insert(text.clone()) && !before.contains(&text) {
                say!("{}", text.trim_end());
            }
        }
        Message::Made { target, executable: Some(program) }
            if target.kind.iter().any(|kind| kind == "bin") =>
        {
            let _ = built.send((target.name, program)); // nobody waits any more: the run ends
        }
        _ => {}
    }
}

/// Lines that cargo prints while it works.
fn is_progress(line: &str) -> bool {
    const WORDS: [&str; 5] = ["Blocking", "Compiling", "Downloading", "Locking", "Updating"];
    line.trim_start().split(' ').next().is_some_and(|word| WORDS.contains(&word))
}

/// The source files that cargo lists for a program, such as those that `include_str!` names.
pub(super) fn sources_of(program: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let line = list.lines().next().and_then(|line| line.split_once(": "));
    let Some((_, files)) = line else { return Vec::new() };
    // A space in a path is written with a backslash.
    let files = files.replace("\\ ", "\0");
    files.split(' ').map(|file| PathBuf::from(file.replace('\0', " "))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use tokio::sync::mpsc;

    use super::{Seen, lock, read, sources_of};

    #[test]
    fn programs_and_errors_are_read_from_cargos_messages() {
        let (built, mut programs) = mpsc::unbounded_channel();
        let seen = Mutex::new(Seen::default());
        for line in [
            "   Compiling hello v0.1.0 (/p/functions/hello)",
            r#"{"reason":"compiler-artifact","target":{"name":"shared","kind":["lib"]},"executable":null}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"hello","kind":["bin"]},"executable":"/t/hello"}"#,
            r#"{"reason":"compiler-message","message":{"rendered":"error: no\n","level":"error"}}"#,
            r#"{"reason":"build-finished","success":false}"#,
            "error: could not compile `hello`",
        ] {
            read(line, &BTreeSet::new(), &seen, &built);
        }
        assert_eq!(programs.try_recv().unwrap(), ("hello".to_owned(), "/t/hello".into()));
        assert!(programs.try_recv().is_err());
        assert!(lock(&seen).errors);
        assert_eq!(lock(&seen).other, ["error: could not compile `hello`"]);
    }

    #[test]
    fn a_path_with_a_space_is_one_path() {
        let folder = std::env::temp_dir().join(format!("sources-of-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("hello.d"), "/t/hello: /a\\ b/main.rs /a\\ b/text.md\n")
            .unwrap();
        assert_eq!(
            sources_of(&folder.join("hello")),
            ["/a b/main.rs", "/a b/text.md"].map(Into::into) as [std::path::PathBuf; 2]
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
