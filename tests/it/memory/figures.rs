//! Compares the memory that a process took with the limit: eight times the length of the body, and 16 MB.

use std::fs;

use crate::support::say;

fn allowed(body: usize) -> usize {
    8 * body + 16_000_000
}

/// The greatest resident memory of the process with this id since the last `forget`, in bytes.
pub(super) struct Peak(pub(super) u32);

impl Peak {
    pub(super) fn forget(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").unwrap();
    }

    pub(super) fn bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }
}

/// All figures, and those above the limit.
#[derive(Default)]
pub(super) struct Figures {
    lines: Vec<String>,
    too_much: Vec<String>,
    /// The figure nearest to its limit, as a share of the limit.
    worst: (f64, String),
}

impl Figures {
    pub(super) fn add(&mut self, what: &str, body: usize, peak: usize, answer: &str) {
        let line = format!(
            "{what}: body {:.1} MB, peak {:.1} MB ({:.1} times), allowed {:.1} MB: {}",
            mega(body),
            mega(peak),
            mega(peak) / mega(body),
            mega(allowed(body)),
            answer.chars().take(120).collect::<String>()
        );
        if peak > allowed(body) {
            self.too_much.push(line.clone());
        }
        let share = mega(peak) / mega(allowed(body));
        if share > self.worst.0 {
            self.worst = (share, line.clone());
        }
        self.lines.push(line);
    }

    /// Fails if a figure is above the limit. Prints the worst figure always, the others only if the test fails.
    #[expect(clippy::print_stdout, reason = "figures of a test")]
    pub(super) fn judge(self, what: &str) {
        println!("{}", self.lines.join("\n"));
        say(&format!("MEMORY: {what}, the worst of {}: {}", self.lines.len(), self.worst.1));
        assert!(self.too_much.is_empty(), "{:#?}", self.too_much);
    }
}

#[expect(clippy::cast_precision_loss, reason = "for print")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
