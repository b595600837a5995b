//! The programs that a project needs, and the line that installs each.

use std::path::Path;

use crate::tools::program::{self, Version};
use crate::tools::rust::OLDEST;

/// A program that is needed.
pub(super) struct Needed {
    pub(super) name: &'static str,
    /// What prints its version.
    pub(super) asks: &'static [&'static str],
    pub(super) at_least: &'static str,
    pub(super) installed_by: &'static str,
}

const RUSTUP: &str = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";

/// For add, test and build.
pub(super) const BUILD: [Needed; 4] = [
    Needed { name: "rustc", asks: &["--version"], at_least: OLDEST, installed_by: RUSTUP },
    Needed { name: "cargo", asks: &["--version"], at_least: OLDEST, installed_by: RUSTUP },
    Needed {
        name: "cc",
        asks: &["--version"],
        at_least: "1",
        installed_by: "on Debian: sudo apt-get install -y gcc libc6-dev",
    },
    Needed {
        name: "python3",
        asks: &["-c", "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"],
        at_least: "3.9",
        installed_by: "on Debian: sudo apt-get install -y python3 python3-venv; it installs cargo-lambda",
    },
];

/// For run as well: the Auth emulator.
pub(super) const RUN: [Needed; 2] = [
    Needed {
        name: "node",
        asks: &["--version"],
        at_least: "20",
        installed_by: "https://nodejs.org, or nvm install 20; it runs the Auth emulator",
    },
    Needed { name: "npm", asks: &["--version"], at_least: "9", installed_by: "comes with node" },
];

/// For the tests of this repository as well.
pub(super) const TESTS: [Needed; 9] = [
    Needed {
        name: "make",
        asks: &["--version"],
        at_least: "3.81",
        installed_by: "on Debian: sudo apt-get install -y make",
    },
    Needed {
        name: "git",
        asks: &["--version"],
        at_least: "2",
        installed_by: "on Debian: sudo apt-get install -y git",
    },
    Needed {
        name: "python3",
        asks: &["--version"],
        at_least: "3.10",
        installed_by: "on Debian: sudo apt-get install -y python3",
    },
    Needed {
        name: "chromium",
        asks: &["--version"],
        at_least: "100",
        installed_by: "on Debian: sudo apt-get install -y chromium",
    },
    Needed {
        name: "valgrind",
        asks: &["--version"],
        at_least: "3.16",
        installed_by: "on Debian: sudo apt-get install -y valgrind",
    },
    Needed {
        name: "strace",
        asks: &["--version"],
        at_least: "5",
        installed_by: "on Debian: sudo apt-get install -y strace",
    },
    Needed {
        name: "qemu-aarch64",
        asks: &["--version"],
        at_least: "5",
        installed_by: "on Debian: sudo apt-get install -y qemu-user libc6-arm64-cross",
    },
    Needed {
        name: "nginx",
        asks: &["-v"],
        at_least: "1.18",
        installed_by: "on Debian: sudo apt-get install -y nginx-light",
    },
    Needed {
        name: "docker",
        asks: &["--version"],
        at_least: "20",
        installed_by: "on Debian: sudo apt-get install -y docker.io; for sam local",
    },
];

/// A line about a program, and whether it is there.
pub(super) fn line(needed: &Needed) -> (bool, String) {
    let file = program::find(needed.name).or_else(|| {
        let in_sbin = Path::new("/usr/sbin").join(needed.name);
        in_sbin.exists().then_some(in_sbin)
    });
    let found = file.and_then(|file| program::version_of(&file, needed.asks));
    let enough = found.as_ref().is_some_and(|found| is_enough(found, needed.at_least));
    let what = match (&found, enough) {
        (Some(found), true) => found.to_string(),
        (Some(found), false) => {
            format!("{found} found, {} or later: {}", needed.at_least, needed.installed_by)
        }
        (None, _) => format!("{} or later: {}", needed.at_least, needed.installed_by),
    };
    (enough, format!("  {:<8} {:<12} {what}", if enough { "ok" } else { "MISSING" }, needed.name))
}

fn is_enough(found: &Version, least: &str) -> bool {
    Version::parse(least).is_some_and(|least| *found >= least)
}
