//! The guard of a local run: a second process of the tool that outlives it by seconds, and ends what the tool has
//! started if the tool is killed.
//!
//! It reads the process groups from a pipe that only the tool writes to, `+123` and `-123`, one a line. When the tool
//! is gone, however it ended, the pipe is closed.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, test_kill_process_group};

use super::process::signal;
use crate::failure::{Failure, Outcome};

/// The hidden command that [`run`] is.
const COMMAND: &str = "guard-local-run";
/// How long the groups may take to end after SIGTERM: 20 looks, one each 100 milliseconds.
const LOOKS: u32 = 20;

#[derive(clap::Args)]
pub(crate) struct Args {}

/// Starts the guard. It is told of groups through the returned pipe.
pub(super) fn start() -> Outcome<ChildStdin> {
    let started = std::env::current_exe().and_then(|tool| {
        // In a group of its own, so that Ctrl-C does not reach it.
        Command::new(tool)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
    });
    let failed = |reason: String| {
        Failure::new(format!("A second process of this tool does not start: {reason}"))
    };
    let mut child = started.map_err(|error| failed(error.to_string()))?;
    child.stdin.take().ok_or_else(|| failed("it has no input".to_owned()))
}

/// The guard itself.
pub(crate) fn run(_: &Args) -> Outcome<ExitCode> {
    let left = read(BufReader::new(std::io::stdin()));
    for group in &left {
        signal(*group, Signal::TERM);
    }
    for _ in 0..LOOKS {
        if !left.iter().any(|group| is_running(*group)) {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    for group in &left {
        signal(*group, Signal::KILL);
    }
    Ok(ExitCode::SUCCESS)
}

/// The groups that have begun and not ended when the input does.
fn read(input: impl BufRead) -> BTreeSet<u32> {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let Some((sign, Ok(group))) = line.split_at_checked(1).map(|(sign, id)| (sign, id.parse()))
        else {
            continue;
        };
        if sign == "+" {
            groups.insert(group);
        } else {
            groups.remove(&group);
        }
    }
    groups
}

fn is_running(group: u32) -> bool {
    let pid = i32::try_from(group).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_group_is_ended_unless_it_has_ended() {
        let groups = read(&b"+12\n+13\n-12\n\nx\n+y\n+14\n"[..]);
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), [13, 14]);
    }
}
