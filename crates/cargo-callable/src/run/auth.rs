//! The Firebase Auth emulator: real sign-in with unsigned tokens, without a cloud account or Java.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use super::ports;
use super::process::{Process, Processes};
use crate::failure::{Failure, Outcome};

/// The emulator is a large program, and a first start on a busy machine is slow.
const LIMIT: Duration = Duration::from_secs(180);

/// What the emulator is started with.
pub(super) struct Emulator {
    pub(super) node: PathBuf,
    pub(super) firebase: PathBuf,
    /// For its configuration and logs.
    pub(super) folder: PathBuf,
    pub(super) project: String,
    pub(super) port: u16,
}

/// Starts the emulator; returns when it serves.
pub(super) async fn start(processes: &Processes, emulator: Emulator) -> Outcome<Process> {
    let Emulator { node, firebase, folder, project, port } = emulator;
    let listen = |port| json!({ "host": "127.0.0.1", "port": port });
    let config = json!({
        "emulators": {
            "auth": listen(port),
            "hub": listen(ports::free()?),
            "logging": listen(ports::free()?),
            "ui": { "enabled": false },
            "singleProjectMode": true,
        }
    });
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, &error))?;
    let file = folder.join("firebase.json");
    std::fs::write(&file, config.to_string()).map_err(|error| Failure::file(&file, &error))?;
    let mut command = Command::new(node);
    command.arg(firebase).args(["emulators:start", "--only", "auth", "--project", &project]);
    // With CI=1 and a configuration folder of its own, it asks no questions.
    command
        .current_dir(&folder)
        .env("CI", "1")
        .env("XDG_CONFIG_HOME", &folder)
        .env("FORCE_COLOR", "0");
    let what = "The Auth emulator";
    let ready = Some("All emulators ready");
    let process = processes.start(what, command, ready, Arc::new(|_: &str| {}))?;
    process.printed_ready(what, LIMIT).await?;
    Ok(process)
}
