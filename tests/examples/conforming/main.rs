//! The callables of tests/conformance, served as a user's program serves them, on every host: all in one program, or,
//! with the variable `ALONE`, the one that it names. With `EMULATED`, they accept the Auth emulator's tokens. For tests
//! only.
#![allow(clippy::expect_used, clippy::panic, missing_docs, reason = "a program for tests")]

#[path = "../parity/callables.rs"]
mod callables;

use std::{env, process::ExitCode};

use callables::callables;
use shared::EmulatorProjects;

fn main() -> ExitCode {
    let mut callables = callables();
    if env::var("EMULATED").is_ok() {
        let emulated =
            |callable: shared::Callable| callable.accept_auth_emulator(EmulatorProjects::DemoOnly);
        callables =
            callables.into_iter().map(|(name, callable)| (name, emulated(callable))).collect();
    }
    match env::var("ALONE") {
        Ok(name) => shared::run(callables.remove(name.as_str()).expect("a name of the list")),
        Err(_) => shared::run_all(callables),
    }
}
