//! The processor that functions are built and deployed for: one choice for both.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// A processor of Lambda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Architecture {
    /// Graviton: cheaper, and the default
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

impl Architecture {
    /// As Lambda and SAM write it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// The processor of this machine.
    pub(crate) fn of_this_machine() -> Option<Self> {
        match std::env::consts::ARCH {
            "aarch64" => Some(Self::Arm64),
            "x86_64" => Some(Self::X86_64),
            _ => None,
        }
    }

    /// What `text` names, as in `[workspace.metadata.callable]` or a template.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Arm64, Self::X86_64].into_iter().find(|architecture| architecture.name() == text)
    }

    /// The processor that a program is for, or nothing if it is not a 64-bit ELF program for one of Lambda's.
    pub(crate) fn of_program(file: &Path) -> Outcome<Option<Self>> {
        let mut head = [0; 20];
        let mut program = File::open(file).map_err(|error| Failure::file(file, &error))?;
        if program.read_exact(&mut head).is_err() {
            return Ok(None);
        }
        // "\x7fELF", 64 bits, little end first; at offset 18 the processor.
        Ok(match head {
            [0x7f, b'E', b'L', b'F', 2, 1, .., 183, 0] => Some(Self::Arm64),
            [0x7f, b'E', b'L', b'F', 2, 1, .., 62, 0] => Some(Self::X86_64),
            _ => None,
        })
    }
}
