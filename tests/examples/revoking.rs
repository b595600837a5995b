//! A callable that asks whether its caller's sign-in was revoked, at the Auth emulator. For the suite
//! only.
#![allow(missing_docs, reason = "a program for tests")]

use std::process::ExitCode;

use shared::{Callable, CallableRequest, EmulatorProjects, HttpsError, RevocationCheck};

async fn who(request: CallableRequest<()>) -> Result<String, HttpsError> {
    Ok(request.require_auth()?.uid().to_owned())
}

fn main() -> ExitCode {
    let callable = Callable::new(who).check_revoked(RevocationCheck::Required);
    shared::run(callable.accept_auth_emulator(EmulatorProjects::DemoOnly))
}
