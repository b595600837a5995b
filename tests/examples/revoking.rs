//! A callable that checks at the Auth emulator whether its caller's sign-in was revoked. For tests only.
#![allow(missing_docs, reason = "a program for tests")]

use std::process::ExitCode;

use firebase_callable_google::Google;
use shared::{Callable, CallableRequest, EmulatorProjects, HttpsError};

async fn who(request: CallableRequest<()>) -> Result<String, HttpsError> {
    Ok(request.require_auth()?.uid().to_owned())
}

fn main() -> ExitCode {
    shared::run_with(async |setup| {
        setup.accept_auth_emulator(EmulatorProjects::DemoOnly)?;
        let google = Google::from_setup(setup)?;
        Ok(Callable::new(who).check_revoked(google.revocation()))
    })
}
