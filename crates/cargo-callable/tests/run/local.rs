//! A local run of a small project, as a person at a terminal and an app see it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::Folder;

/// No wait of these tests takes longer on any machine.
const LIMIT: Duration = Duration::from_secs(120);

/// A program whose build takes no second.
pub(crate) const FUNCTION: &str = include_str!("function.rs");

/// A project whose functions need no library.
pub(crate) fn project(name: &str, functions: &[&str], run: &str) -> Folder {
    let folder = Folder::new(name);
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n\n[profile.dev]\ndebug = false\n\n[workspace.metadata.callable.run]\n{run}\n"
    );
    fs::write(folder.path("Cargo.toml"), manifest).unwrap();
    fs::create_dir_all(folder.path("functions")).unwrap();
    for function in functions {
        add(&folder, function, FUNCTION);
    }
    folder
}

/// Adds a function.
pub(crate) fn add(folder: &Folder, name: &str, source: &str) {
    let home = folder.path(&format!("functions/{name}"));
    fs::create_dir_all(home.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[package.metadata.function]\nkind = \"callable\"\n"
    );
    fs::write(home.join("Cargo.toml"), manifest).unwrap();
    fs::write(home.join("src/main.rs"), source).unwrap();
}

/// The tool in a folder, with ports of its own.
pub(crate) struct Local {
    pub(crate) child: Child,
    pub(crate) port: u16,
    pub(crate) page: u16,
    lines: Receiver<String>,
    /// All that was printed until now.
    pub(crate) printed: String,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// `cargo callable run` with these words.
pub(crate) fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callable"));
    command.args(["callable", "run"]).args(words).current_dir(folder).stdin(Stdio::null());
    for variable in ["PORT", "AUTH_PORT", "PAGE_PORT", "CARGO_TARGET_DIR"] {
        command.env_remove(variable);
    }
    command
}

impl Local {
    /// Starts the tool, without the Auth emulator.
    pub(crate) fn begin(folder: &Folder) -> Self {
        let (port, page) = (free_port(), free_port());
        let ports = [port.to_string(), page.to_string()];
        let words = ["--no-auth", "--port", &ports[0], "--page-port", &ports[1]];
        let mut command = command(&folder.0, &words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, port, page, lines, printed: String::new() }
    }

    /// Starts the tool, and waits until it serves.
    pub(crate) fn start(folder: &Folder) -> Self {
        let mut local = Self::begin(folder);
        local.printed("Ctrl-C");
        local
    }

    /// Waits for a line with this text after those that were waited for, and returns it.
    pub(crate) fn printed(&mut self, text: &str) -> String {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {text:?} in:\n{}", self.printed);
            };
            self.printed += &format!("{line}\n");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The status and the text of an answer.
    pub(crate) fn call(&self, path: &str) -> (u16, String) {
        let (head, body) = self.exchange(&format!("POST {path}"), "");
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }

    /// The head and the body of an answer.
    pub(crate) fn exchange(&self, line: &str, headers: &str) -> (String, String) {
        let mut text = String::new();
        self.send(line, headers).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let chunked = head.contains("transfer-encoding: chunked");
        (head.to_owned(), if chunked { unchunked(body) } else { body.to_owned() })
    }

    /// Sends a call, and returns the connection.
    pub(crate) fn send(&self, line: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let rest = "host: x\r\nconnection: close\r\ncontent-length: 0\r\n";
        write!(stream, "{line} HTTP/1.1\r\n{rest}{headers}\r\n").unwrap();
        stream
    }

    /// Sends a signal to the tool alone, and waits for its end.
    pub(crate) fn end(&mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.end("-TERM");
        }
    }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        text += &rest[..length];
        body = &rest[length + 2..];
    }
    text
}

/// Waits until the process is gone.
pub(crate) fn is_gone(pid: &str) -> bool {
    let until = Instant::now() + LIMIT;
    // One that nobody has waited for is gone as well.
    let state = || fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let runs = || state().is_some_and(|state| !state.contains(") Z "));
    while runs() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    !runs()
}
