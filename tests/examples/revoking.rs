//! A callable that asks whether its caller's sign-in was revoked, at the Auth emulator. For the suite
//! only.
#![allow(missing_docs, reason = "a program for tests")]

use std::{fmt, process::ExitCode};

use shared::{
    AuthData, Callable, CallableRequest, EmulatorProjects, HttpsError,
    callable::{RevocationSource, SignIn, SourceError},
    google::Accounts,
    net::BoxFuture,
};

struct Revocations(Accounts);

impl RevocationSource for Revocations {
    fn sign_in<'a>(&'a self, auth: &'a AuthData) -> BoxFuture<'a, Result<SignIn, SourceError>> {
        Box::pin(async {
            let account = self.0.lookup(auth.tenant(), auth.uid()).await?;
            Ok(match account {
                None => SignIn::UserNotFound,
                Some(account) if account.disabled => SignIn::UserDisabled,
                Some(account) if auth.auth_time() < Some(account.valid_since) => SignIn::Revoked,
                Some(_) => SignIn::Current,
            })
        })
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revocations")
    }
}

async fn who(request: CallableRequest<()>) -> Result<String, HttpsError> {
    Ok(request.require_auth()?.uid().to_owned())
}

fn main() -> ExitCode {
    shared::run_service(|setup| {
        setup.accept_auth_emulator(EmulatorProjects::DemoOnly)?;
        let revocations = Revocations(setup.accounts()?);
        setup.callable(Callable::new(who).check_revoked(revocations))
    })
}
