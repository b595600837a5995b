//! `--contract`: the program prints its contract in place of serving. Only with the feature `contract`.

use std::io::Write as _;

use crate::{callable::Contract, host::error::StartError};

const ARGUMENT: &str = "--contract";

pub(super) fn is_asked_for() -> bool {
    std::env::args_os().skip(1).any(|argument| argument == ARGUMENT)
}

/// Prints the contract as one line of JSON: a list if the callables have names, `null` for a function that is not a
/// callable, the first contract if a start has made several unnamed callables. It is the last line: the log may stand
/// before it.
pub(super) fn print(contracts: &[Contract]) -> Result<(), StartError> {
    let line = match contracts {
        [one, ..] if one.has_name() => serde_json::to_string(contracts),
        contracts => serde_json::to_string(&contracts.first()),
    };
    let line = line.map_err(std::io::Error::from);
    let printed = line.and_then(|line| writeln!(std::io::stdout(), "{line}"));
    printed.map_err(|error| {
        StartError::new(ARGUMENT, format_args!("cannot be printed ({error}): read standard output"))
    })
}
