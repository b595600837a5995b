//! The process of a function. It is started with a clean environment, and its output is read line by line.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
};

use super::{other_functions, root, soon};

/// The release binary of `returnAuthenticatedMessage`.
pub(crate) fn shipped() -> PathBuf {
    built("lambda/return-authenticated-message/bootstrap", "make build builds it")
}

/// The release binary of `returnAuthenticatedMessage` whose figures are recorded. In a build of the workspace, features
/// that another function enables in a common dependency reach this one, too. So beside functions that the project does
/// not ship, it is the binary that was built alone.
pub(crate) fn measured() -> PathBuf {
    if other_functions().is_empty() {
        return shipped();
    }
    let binary = root().join(".tools/alone/return-authenticated-message/bootstrap");
    assert!(binary.exists(), "{} is not there; make alone builds it", binary.display());
    binary
}

/// The release binary of `exchangeClerkToken`.
pub(crate) fn exchange() -> PathBuf {
    built("lambda/exchange-clerk-token/bootstrap", "make build builds it")
}

/// The release binary of `keyMirror`.
pub(crate) fn key_mirror() -> PathBuf {
    built("lambda/key-mirror/bootstrap", "make build builds it")
}

/// The release binary of this function.
pub(crate) fn built_function(name: &str) -> PathBuf {
    built(&format!("lambda/{name}/bootstrap"), "make build builds it")
}

/// The callable of `tests/examples/misbehaving.rs`, which does what its caller says.
pub(crate) fn misbehaving() -> PathBuf {
    built("debug/examples/misbehaving", "cargo test builds it")
}

/// The callable of `tests/examples/starting.rs`, whose start does what the variable `START` says.
pub(crate) fn starting() -> PathBuf {
    built("debug/examples/starting", "cargo test builds it")
}

/// The callable that accepts the Auth emulator.
pub(crate) fn emulated() -> PathBuf {
    built("debug/examples/emulated", "cargo test builds it")
}

/// The program `tests/examples/<name>.rs`.
pub(crate) fn example(name: &str) -> PathBuf {
    built(&format!("debug/examples/{name}"), "cargo test builds it")
}

/// `cargo callable`.
pub(crate) fn tool() -> PathBuf {
    built("debug/cargo-callable", "make check builds it")
}

/// The callable of `tests/examples/hungry.rs`, which parses any `data`.
pub(crate) fn hungry() -> PathBuf {
    built("debug/examples/hungry", "cargo test builds it")
}

fn built(path: &str, how: &str) -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let target = executable.ancestors().nth(3).unwrap();
    let binary = target.join(path);
    assert!(binary.exists(), "{} is not there; {how}", binary.display());
    binary
}

pub(crate) struct Process {
    child: Child,
    output: Arc<Output>,
    /// What reads standard output and standard error.
    readers: Vec<JoinHandle<()>>,
}

struct Output {
    lines: Mutex<Vec<String>>,
    count: watch::Sender<usize>,
}

impl Process {
    /// Starts `binary` with these variables and no others.
    pub(crate) fn start(binary: PathBuf, variables: &[(&str, &str)]) -> Self {
        Self::start_under(&[], binary, variables)
    }

    /// Starts `binary` as the last argument of another program, such as valgrind.
    pub(crate) fn start_under(
        watcher: &[&str],
        binary: PathBuf,
        variables: &[(&str, &str)],
    ) -> Self {
        let mut words: Vec<OsString> = watcher.iter().map(OsString::from).collect();
        words.push(binary.into());
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::new(Output { lines: Mutex::default(), count: watch::Sender::new(0) });
        let readers = vec![
            tokio::spawn(Output::collect(output.clone(), child.stdout.take().unwrap())),
            tokio::spawn(Output::collect(output.clone(), child.stderr.take().unwrap())),
        ];
        Self { child, output, readers }
    }

    /// The output that has been read so far: what the process wrote before it answered may not be among it yet. Wait for a
    /// line, or for the end, first.
    pub(crate) fn output(&self) -> String {
        self.output.lines.lock().unwrap().join("\n")
    }

    /// Waits for a line that contains this text, and returns the first.
    pub(crate) async fn line_with(&self, text: &str) -> String {
        self.lines_with(text, 1).await.remove(0)
    }

    /// Waits until this many lines contain this text, and returns all that do.
    pub(crate) async fn lines_with(&self, text: &str, least: usize) -> Vec<String> {
        let contains = |line: &String| line.contains(text);
        self.lines_that(contains, &format!("{least} lines with {text:?}"), least).await
    }

    /// Waits for the record of the call with this id.
    pub(crate) async fn record_of(&self, request: &str) -> serde_json::Value {
        let id = format!(r#""requestId":"{request}""#);
        let is_it = |line: &String| line.contains("callable finished") && line.contains(&id);
        let lines = self.lines_that(is_it, &format!("the record of {request}"), 1).await;
        serde_json::from_str(&lines[0]).unwrap()
    }

    async fn lines_that(
        &self,
        is_it: impl Fn(&String) -> bool,
        what: &str,
        least: usize,
    ) -> Vec<String> {
        let mut count = self.output.count.subscribe();
        let find = async {
            loop {
                let mut lines = self.output.lines.lock().unwrap().clone();
                lines.retain(&is_it);
                if lines.len() >= least {
                    return lines;
                }
                count.changed().await.unwrap();
            }
        };
        soon(what, find).await
    }

    /// Waits for a log record that contains this text, and parses it.
    pub(crate) async fn record_with(&self, text: &str) -> serde_json::Value {
        serde_json::from_str(&self.line_with(text).await).unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until the process has ended and all of its output is read.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let status = soon("the end of the process", self.child.wait()).await.unwrap();
        for reader in self.readers.drain(..) {
            soon("the end of the output", reader).await.unwrap();
        }
        status
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let sent = std::process::Command::new("kill").arg(self.id().to_string()).status().unwrap();
        assert!(sent.success());
    }
}

impl Output {
    async fn collect(self: Arc<Self>, stream: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.lines.lock().unwrap().push(line);
            self.count.send_modify(|count| *count += 1);
        }
    }
}
