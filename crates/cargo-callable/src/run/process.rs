//! Programs that run beside the tool: each is the head of a process group of its own, and none outlives the tool.
//!
//! On Ctrl-C and SIGTERM the tool ends the groups. If the tool itself is killed or panics, its [`guard`] does.

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::failure::{Failure, Outcome};
use crate::run::guard;

/// How long a program may take to end after SIGTERM. The functions give running calls eight seconds.
const GRACE: Duration = Duration::from_secs(10);
/// How long the last lines of an ended program may take to arrive.
const LAST_LINES: Duration = Duration::from_secs(5);
/// The lines that are kept, to say why a program ended.
const TAIL: usize = 40;

/// All programs that were started.
#[derive(Clone)]
pub(super) struct Processes(Arc<Inner>);

struct Inner {
    guard: Mutex<std::process::ChildStdin>,
    running: Mutex<Vec<Process>>,
    stopping: watch::Sender<bool>,
}

/// What is done with each line that a program prints.
pub(super) type OnLine = Arc<dyn Fn(&str) + Send + Sync>;

/// A program that was started.
#[derive(Clone)]
pub(super) struct Process {
    pid: u32,
    /// How it ended, in words: `exit code 1`.
    ended: watch::Receiver<Option<String>>,
    ready: watch::Receiver<bool>,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Processes {
    /// Starts the guard.
    pub(super) fn new() -> Outcome<Self> {
        let guard = Mutex::new(guard::start()?);
        let (running, stopping) = (Mutex::default(), watch::Sender::new(false));
        Ok(Self(Arc::new(Inner { guard, running, stopping })))
    }

    /// Starts `what`, and gives each of its lines to `on_line`. It is ready once it printed `ready`.
    pub(super) fn start(
        &self,
        what: &str,
        mut command: Command,
        ready: Option<&str>,
        on_line: OnLine,
    ) -> Outcome<Process> {
        if *self.0.stopping.borrow() {
            return Err(Failure::new(format!("{what} is not started: the local run ends")));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command
            .spawn()
            .map_err(|error| Failure::new(format!("{what} does not start: {error}")))?;
        let pid = child.id().unwrap_or_default();
        self.tell_guard('+', pid);
        let (ended_sender, ended) = watch::channel(None);
        let (ready_sender, ready_receiver) = watch::channel(false);
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let reader = Reader {
            on_line,
            ready: ready.map(|text| (text.to_owned(), ready_sender)),
            tail: Arc::clone(&tail),
        };
        let reader = Arc::new(reader);
        let readers = [
            child.stdout.take().map(|stream| tokio::spawn(Arc::clone(&reader).read(stream))),
            child.stderr.take().map(|stream| tokio::spawn(Arc::clone(&reader).read(stream))),
        ];
        let process = Process { pid, ended, ready: ready_receiver, tail };
        lock(&self.0.running).push(process.clone());
        let all = self.clone();
        tokio::spawn(async move {
            let status = child.wait().await;
            signal(pid, Signal::KILL); // what it has started and left
            all.tell_guard('-', pid);
            lock(&all.0.running).retain(|other| other.pid != pid);
            let readers: Vec<JoinHandle<()>> = readers.into_iter().flatten().collect();
            let last = async {
                for reader in readers {
                    let _ = reader.await;
                }
            };
            let _ = timeout(LAST_LINES, last).await;
            ended_sender.send_replace(Some(status.map_or_else(|error| error.to_string(), words)));
        });
        Ok(process)
    }

    /// Ends all programs, at the latest some seconds later, and starts no more.
    pub(super) async fn stop_all(&self) {
        self.0.stopping.send_replace(true);
        let running = lock(&self.0.running).clone();
        let stops: Vec<_> = running
            .into_iter()
            .map(|process| tokio::spawn(async move { process.stop().await }))
            .collect();
        for stop in stops {
            let _ = stop.await;
        }
    }

    /// Whether the programs are being stopped, so that an exit needs no message.
    pub(super) fn stopping(&self) -> bool {
        *self.0.stopping.borrow()
    }

    fn tell_guard(&self, sign: char, pid: u32) {
        // Without the guard the programs still stop with the tool: `stop_all` sends each its signal.
        let _ = writeln!(lock(&self.0.guard), "{sign}{pid}");
    }
}

impl Process {
    /// Waits for its end, and says how it ended.
    pub(super) async fn ended(&self) -> String {
        let mut ended = self.ended.clone();
        let found = ended.wait_for(Option::is_some).await;
        found.ok().and_then(|how| how.clone()).unwrap_or_else(|| "unknown".to_owned())
    }

    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// Waits until it has printed its `ready` text. `what` takes part in the sentence that says why it has not.
    pub(super) async fn printed_ready(&self, what: &str, limit: Duration) -> Outcome<()> {
        let mut ready = self.ready.clone();
        let reason = tokio::select! {
            Ok(_) = ready.wait_for(|ready| *ready) => return Ok(()),
            how = self.ended() => format!("{what} ended by itself ({how})"),
            () = tokio::time::sleep(limit) => {
                format!("{what} is not ready after {} seconds", limit.as_secs())
            }
        };
        Err(Failure::new(format!("{reason}{}", self.printed())))
    }

    /// What it printed last, to stand behind a sentence.
    pub(super) fn printed(&self) -> String {
        let lines: Vec<_> = lock(&self.tail).iter().cloned().collect();
        if lines.is_empty() {
            return String::new();
        }
        format!("; it printed:\n{}", lines.join("\n"))
    }

    /// The last line it printed.
    pub(super) fn last_line(&self) -> Option<String> {
        lock(&self.tail).iter().rev().find(|line| !line.trim().is_empty()).cloned()
    }

    /// Ends it and all that it started.
    pub(super) async fn stop(&self) {
        if self.is_over() {
            return;
        }
        signal(self.pid, Signal::TERM);
        if timeout(GRACE, self.ended()).await.is_err() {
            signal(self.pid, Signal::KILL);
            let _ = timeout(GRACE, self.ended()).await;
        }
    }
}

struct Reader {
    on_line: OnLine,
    ready: Option<(String, watch::Sender<bool>)>,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Reader {
    async fn read(self: Arc<Self>, stream: impl AsyncRead + Unpin) {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).await.is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.trim_end_matches(['\r', '\n']);
            {
                let mut tail = lock(&self.tail);
                tail.push_back(line.to_owned());
                if tail.len() > TAIL {
                    tail.pop_front();
                }
            }
            (self.on_line)(line);
            if let Some((text, sender)) = &self.ready
                && line.contains(text)
            {
                sender.send_replace(true);
            }
            bytes.clear();
        }
    }
}

/// Sends a signal to a group of processes. A group that has exited already is not an error.
pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal);
    }
}

fn words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// A value that no panic can leave half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
