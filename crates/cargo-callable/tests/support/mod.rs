//! The tool in a folder of its own.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a command printed, on both streams.
pub struct Run {
    pub success: bool,
    pub output: String,
}

/// Runs `cargo callable` with these words in `folder`.
pub fn tool(folder: &Path, words: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-callable"));
    // A project builds into its own target folder, whatever the tests use.
    command.arg("callable").args(words).current_dir(folder).env_remove("CARGO_TARGET_DIR");
    finish(&mut command)
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    Run { success: output.status.success(), output: String::from_utf8(both).unwrap() }
}

/// Runs git, and returns what it printed.
pub fn git(folder: &Path, words: &[&str]) -> String {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    let run = finish(Command::new("git").args(identity).args(words).current_dir(folder));
    assert!(run.success, "git {words:?}: {}", run.output);
    run.output
}

/// A new folder, outside this workspace, which is removed at the end. Its name has a space.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("cargo-callable {name} {}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A project as init makes it, committed.
    pub fn project(name: &str) -> Self {
        let folder = Self::new(name);
        let made = tool(&folder.0, &["init", "."]);
        assert!(made.success, "{}", made.output);
        git(&folder.0, &["init", "--quiet"]);
        git(&folder.0, &["add", "--all"]);
        git(&folder.0, &["commit", "--quiet", "--message", "made"]);
        folder
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
