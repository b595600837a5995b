//! A callable that opts in to the Auth emulator, as the shipped callables do in builds with the feature `emulator`. For
//! tests only.
#![allow(missing_docs, reason = "a program for tests")]

use std::process::ExitCode;

use shared::{Callable, CallableRequest, EmulatorProjects, HttpsError};

async fn who(request: CallableRequest<()>) -> Result<String, HttpsError> {
    Ok(request.require_auth()?.uid().to_owned())
}

fn main() -> ExitCode {
    shared::run(Callable::new(who).accept_auth_emulator(EmulatorProjects::DemoOnly))
}
